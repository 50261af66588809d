package io.dlrm4j.effects.optimize;

import static io.dlrm4j.effects.optimize.Vectors.addScaled;
import static io.dlrm4j.effects.optimize.Vectors.atLeast;
import static io.dlrm4j.effects.optimize.Vectors.dot;

/// A line search that ends at a point where the value has fallen enough and the slope is small enough (strong Wolfe
/// conditions): Nocedal and Wright 2006, algorithms 3.5 and 3.6, with cubic interpolation.
///
/// When the value cannot fall any more than its rounding, a smaller slope is enough (Hager and Zhang 2005).
final class StrongWolfe {
    private static final double SUFFICIENT = 1e-4;
    private static final double CURVATURE = 0.9;
    private static final int EVALUATIONS = 40;

    private double[] point = {};
    private double[] pointGradient = {};
    private double value;

    @SuppressWarnings("NullAway.Init") // search sets it first
    private SmoothFunction function;

    private double[] from = {};
    private double[] direction = {};
    private int d;
    private double startValue;
    private double startSlope;
    private double slope; // at the point tried last
    private int evaluations;

    /// Looks along `x + length * along`.
    ///
    /// @param atValue value at x
    /// @param gradient gradient at x
    /// @param firstLength the length tried first
    /// @return whether point, gradient and value hold a better point
    boolean search(
            SmoothFunction f, double[] x, double atValue, double[] gradient, double[] along, double firstLength) {
        function = f;
        d = f.dimension();
        from = x;
        direction = along;
        point = atLeast(point, d);
        pointGradient = atLeast(pointGradient, d);
        startValue = atValue;
        startSlope = dot(gradient, along, d);
        evaluations = 0;
        if (!(startSlope < 0)) {
            return false;
        }
        return bracket(firstLength);
    }

    double[] point() {
        return point;
    }

    /// @return the gradient at [#point]; the caller's old one is kept in exchange
    double[] exchangeGradient(double[] old) {
        double[] found = pointGradient;
        pointGradient = old;
        return found;
    }

    double value() {
        return value;
    }

    private boolean bracket(double firstLength) {
        double low = 0;
        double lowValue = startValue;
        double lowSlope = startSlope;
        double length = firstLength;
        while (evaluations < EVALUATIONS) {
            tryLength(length);
            if (!Double.isFinite(value)) {
                length = low + 0.1 * (length - low); // overflow: the function ends somewhere before
                continue;
            }
            if (isEnough(length)) {
                return true;
            }
            if (!fallsEnough(length) || (value >= lowValue && low > 0)) {
                return zoom(low, lowValue, lowSlope, length, value, slope);
            }
            if (slope >= 0) {
                return zoom(length, value, slope, low, lowValue, lowSlope);
            }
            double further = cubicMinimum(low, lowValue, lowSlope, length, value, slope);
            low = length;
            lowValue = value;
            lowSlope = slope;
            length = further > 1.1 * length && further < 10 * length ? further : 2 * length;
        }
        return value < startValue;
    }

    /// Narrows an interval that holds a good point. `low` has the smaller value and slopes towards `high`.
    private boolean zoom(
            double low, double lowValue, double lowSlope, double high, double highValue, double highSlope) {
        double a = low;
        double aValue = lowValue;
        double aSlope = lowSlope;
        double b = high;
        double bValue = highValue;
        double bSlope = highSlope;
        while (evaluations < EVALUATIONS && Math.abs(b - a) > 1e-16 * Math.abs(b)) {
            double inside = cubicMinimum(a, aValue, aSlope, b, bValue, bSlope);
            double least = Math.min(a, b) + 0.1 * Math.abs(b - a);
            double most = Math.max(a, b) - 0.1 * Math.abs(b - a);
            double length = inside >= least && inside <= most ? inside : 0.5 * (a + b);
            tryLength(length);
            if (isEnough(length)) {
                return true;
            }
            if (!fallsEnough(length) || value >= aValue) {
                b = length;
                bValue = value;
                bSlope = slope;
            } else {
                if (slope * (b - a) >= 0) {
                    b = a;
                    bValue = aValue;
                    bSlope = aSlope;
                }
                a = length;
                aValue = value;
                aSlope = slope;
            }
        }
        if (a > 0 && aValue < startValue) {
            tryLength(a);
            return true;
        }
        return false;
    }

    private void tryLength(double length) {
        evaluations++;
        addScaled(from, length, direction, point, d);
        value = function.evaluate(point, pointGradient);
        slope = dot(pointGradient, direction, d);
    }

    private boolean fallsEnough(double length) {
        return value <= startValue + SUFFICIENT * length * startSlope;
    }

    private boolean isEnough(double length) {
        boolean flat = Math.abs(slope) <= -CURVATURE * startSlope;
        boolean noise = value <= startValue + 1e-12 * Math.abs(startValue)
                && -startSlope * length <= 1e-12 * Math.abs(startValue);
        return flat && (fallsEnough(length) || noise);
    }

    /// The minimum of the cubic through two points with slopes; NaN where it has none.
    private static double cubicMinimum(double a, double aValue, double aSlope, double b, double bValue, double bSlope) {
        double first = aSlope + bSlope - 3 * (aValue - bValue) / (a - b);
        double root = Math.sqrt(first * first - aSlope * bSlope);
        double second = Math.copySign(root, b - a);
        return b - (b - a) * (bSlope + second - first) / (bSlope - aSlope + 2 * second);
    }
}
