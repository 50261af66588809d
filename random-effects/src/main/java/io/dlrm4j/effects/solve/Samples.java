package io.dlrm4j.effects.solve;

import io.dlrm4j.core.kernel.RegressionKernels;
import io.dlrm4j.effects.data.EntityData;

/// What a loss reads of n samples, and what it writes, `[n]` each.
final class Samples {
    int n;
    double[] labels = {};
    double[] weights = {};
    double[] margins = {};
    double[] losses = {};
    double[] slopes = {}; // weight times dloss/dz
    double[] curvatures = {}; // weight times d²loss/dz²

    void bind(EntityData data) {
        room(data.rows());
        labels = data.labels();
        weights = data.weights();
    }

    /// Makes room for samples of one's own.
    void room(int rows) {
        n = rows;
        if (margins.length < rows) {
            int room = Math.max(rows, margins.length + (margins.length >> 1)) + RegressionKernels.SLACK;
            margins = new double[room];
            losses = new double[room];
            slopes = new double[room];
            curvatures = new double[room];
        }
    }
}
