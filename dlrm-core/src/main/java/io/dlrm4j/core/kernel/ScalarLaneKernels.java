package io.dlrm4j.core.kernel;

import java.util.Arrays;

/// The lane kernels as plain loops, one lane after the other.
public final class ScalarLaneKernels implements LaneKernels {
    private static final int LANES = 8;
    private static final int COLUMN = LaneSamples.CHUNK * LANES;

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public void put(LaneSamples samples, int lane, int row, int rows, double[] values, int from, int count) {
        double[] x = samples.features();
        for (int i = 0; i < rows; i++) {
            int at = samples.cell(row + i, 0) + lane;
            for (int k = 0; k < count; k++) {
                x[at + k * COLUMN] = values[from + i * count + k];
            }
        }
    }

    @Override
    public void add(
            LaneSamples samples, int lane, int row, int[] columns, int shift, double[] values, int from, int to) {
        double[] x = samples.features();
        int at = samples.cell(row, 0) + lane - shift * COLUMN;
        for (int k = from; k < to; k++) {
            x[at + columns[k] * COLUMN] += values[k];
        }
    }

    @Override
    public void evaluate(LaneSamples samples, double[] theta, double[] gradient) {
        Arrays.fill(gradient, 0, samples.coefficients() * LANES, 0);
        for (int row = 0; row < samples.rows(); row++) {
            for (int lane = 0; lane < LANES; lane++) {
                evaluate(samples, theta, gradient, row, lane);
            }
        }
    }

    private static void evaluate(LaneSamples samples, double[] theta, double[] gradient, int row, int lane) {
        double[] x = samples.features();
        int first = samples.cell(row, 0) + lane;
        int width = samples.width();
        int at = row * LANES + lane;
        double z = samples.offsets()[at] + (samples.intercept() ? theta[width * LANES + lane] : 0);
        for (int j = 0; j < width; j++) {
            z += x[first + j * samples.columnStride()] * theta[j * LANES + lane];
        }
        double y = samples.labels()[at];
        double w = samples.weights()[at];
        double small = Math.exp(-Math.abs(z)); // at most 1, so nothing overflows
        double other = small / (1 + small); // probability of the less likely answer, exact near 0
        double slope = w * (z >= 0 ? 1 - y - other : other - y);
        samples.slopes()[at] = slope;
        samples.curvatures()[at] = w * (other / (1 + small));
        for (int j = 0; j < width; j++) {
            gradient[j * LANES + lane] += x[first + j * samples.columnStride()] * slope;
        }
        if (samples.intercept()) {
            gradient[width * LANES + lane] += slope;
        }
    }

    @Override
    public void hessian(LaneSamples samples, double[] h) {
        int d = samples.coefficients();
        Arrays.fill(h, 0, LaneKernels.triangle(d) * LANES, 0);
        for (int row = 0; row < samples.rows(); row++) {
            for (int lane = 0; lane < LANES; lane++) {
                double c = samples.curvatures()[row * LANES + lane];
                for (int i = 0; i < d; i++) {
                    double scaled = c * value(samples, row, i, lane);
                    for (int j = 0; j <= i; j++) {
                        h[at(i, j, lane)] += scaled * value(samples, row, j, lane);
                    }
                }
            }
        }
    }

    private static double value(LaneSamples samples, int row, int column, int lane) {
        return column == samples.width() ? 1 : samples.features()[samples.cell(row, column) + lane];
    }

    private static int at(int row, int column, int lane) {
        return (LaneKernels.triangle(row) + column) * LANES + lane;
    }

    @Override
    public long cholesky(double[] a, int d, double[] inverse) {
        long good = (1L << LANES) - 1;
        for (int lane = 0; lane < LANES; lane++) {
            for (int j = 0; j < d; j++) {
                double pivot = a[at(j, j, lane)];
                for (int k = 0; k < j; k++) {
                    pivot -= a[at(j, k, lane)] * a[at(j, k, lane)];
                }
                if (!(pivot > 0) || pivot == Double.POSITIVE_INFINITY) {
                    good &= ~(1L << lane);
                    break;
                }
                double root = Math.sqrt(pivot);
                a[at(j, j, lane)] = root;
                inverse[j * LANES + lane] = 1 / root;
                for (int i = j + 1; i < d; i++) {
                    double sum = a[at(i, j, lane)];
                    for (int k = 0; k < j; k++) {
                        sum -= a[at(i, k, lane)] * a[at(j, k, lane)];
                    }
                    a[at(i, j, lane)] = sum * inverse[j * LANES + lane];
                }
            }
        }
        return good;
    }

    @Override
    public void solve(double[] l, double[] inverse, int d, double[] b) {
        for (int lane = 0; lane < LANES; lane++) {
            for (int i = 0; i < d; i++) {
                double sum = b[i * LANES + lane];
                for (int k = 0; k < i; k++) {
                    sum -= l[at(i, k, lane)] * b[k * LANES + lane];
                }
                b[i * LANES + lane] = sum * inverse[i * LANES + lane];
            }
            for (int i = d - 1; i >= 0; i--) {
                double x = b[i * LANES + lane] * inverse[i * LANES + lane];
                b[i * LANES + lane] = x;
                for (int k = 0; k < i; k++) {
                    b[k * LANES + lane] -= l[at(i, k, lane)] * x;
                }
            }
        }
    }

    @Override
    public void inverseDiagonal(double[] l, double[] inverse, int d, double[] room, double[] diagonal) {
        for (int lane = 0; lane < LANES; lane++) {
            for (int j = 0; j < d; j++) {
                double squares = 0;
                for (int i = j; i < d; i++) {
                    double sum = i == j ? -1 : 0;
                    for (int k = j; k < i; k++) {
                        sum += l[at(i, k, lane)] * room[k * LANES + lane];
                    }
                    double value = -sum * inverse[i * LANES + lane];
                    room[i * LANES + lane] = value;
                    squares += value * value;
                }
                diagonal[j * LANES + lane] = squares;
            }
        }
    }
}
