package io.dlrm4j.effects.optimize;

import io.dlrm4j.core.kernel.RegressionKernels;

/// Sums over the first `d` elements of arrays; the order of each sum is fixed.
final class Vectors {
    private Vectors() {}

    static double dot(double[] a, double[] b, int d) {
        double sum = 0;
        for (int j = 0; j < d; j++) {
            sum += a[j] * b[j];
        }
        return sum;
    }

    static double norm(double[] a, int d) {
        return Math.sqrt(dot(a, a, d));
    }

    /// `into = a + scale * b`
    static void addScaled(double[] a, double scale, double[] b, double[] into, int d) {
        for (int j = 0; j < d; j++) {
            into[j] = a[j] + scale * b[j];
        }
    }

    /// @return the array, or a larger one when it is shorter than `d`; contents are not kept
    static double[] atLeast(double[] array, int d) {
        return array.length >= d
                ? array
                : new double[Math.max(d, array.length + (array.length >> 1)) + RegressionKernels.SLACK];
    }
}
