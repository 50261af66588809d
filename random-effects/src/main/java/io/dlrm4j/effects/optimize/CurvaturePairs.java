package io.dlrm4j.effects.optimize;

import static io.dlrm4j.effects.optimize.Vectors.atLeast;

/// The last steps and the changes of the gradient over them, which stand for the Hessian in limited-memory BFGS
/// (Nocedal
/// 1980). Pairs lie one after the other in two flat arrays; the oldest is overwritten.
final class CurvaturePairs {
    private static final double LEAST_CURVATURE = 2.2e-16;

    private final int capacity;
    private double[] steps = {};
    private double[] changes = {};
    private final double[] rho;
    private final double[] alpha;
    private int d;
    private int count;
    private int next;

    CurvaturePairs(int capacity) {
        this.capacity = capacity;
        this.rho = new double[capacity];
        this.alpha = new double[capacity];
    }

    void begin(int dimension) {
        d = dimension;
        count = 0;
        next = 0;
        steps = atLeast(steps, capacity * d);
        changes = atLeast(changes, capacity * d);
    }

    /// Takes the step from one point to another, unless the function does not curve along it.
    void add(double[] from, double[] to, double[] gradientFrom, double[] gradientTo) {
        int at = next * d;
        double curvature = 0;
        double squares = 0;
        for (int j = 0; j < d; j++) {
            double step = to[j] - from[j];
            double change = gradientTo[j] - gradientFrom[j];
            steps[at + j] = step;
            changes[at + j] = change;
            curvature += step * change;
            squares += change * change;
        }
        if (curvature <= LEAST_CURVATURE * squares) {
            return;
        }
        rho[next] = 1 / curvature;
        next = (next + 1) % capacity;
        count = Math.min(count + 1, capacity);
    }

    boolean isEmpty() {
        return count == 0;
    }

    void forget() {
        count = 0;
        next = 0;
    }

    /// Multiplies the inverse Hessian that the pairs stand for with a vector, in place (two-loop recursion).
    void multiply(double[] vector) {
        for (int i = 1; i <= count; i++) {
            int pair = Math.floorMod(next - i, capacity);
            double a = rho[pair] * dotWith(steps, pair * d, vector);
            alpha[pair] = a;
            addTo(vector, -a, changes, pair * d);
        }
        if (count > 0) {
            int newest = Math.floorMod(next - 1, capacity);
            double squares = 0;
            for (int j = 0; j < d; j++) {
                squares += changes[newest * d + j] * changes[newest * d + j];
            }
            double scale = 1 / (rho[newest] * squares);
            for (int j = 0; j < d; j++) {
                vector[j] *= scale;
            }
        }
        for (int i = count; i >= 1; i--) {
            int pair = Math.floorMod(next - i, capacity);
            double b = rho[pair] * dotWith(changes, pair * d, vector);
            addTo(vector, alpha[pair] - b, steps, pair * d);
        }
    }

    private double dotWith(double[] pairs, int at, double[] vector) {
        double sum = 0;
        for (int j = 0; j < d; j++) {
            sum += pairs[at + j] * vector[j];
        }
        return sum;
    }

    private void addTo(double[] vector, double scale, double[] pairs, int at) {
        for (int j = 0; j < d; j++) {
            vector[j] += scale * pairs[at + j];
        }
    }
}
