package io.dlrm4j.effects.job;

import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.solve.Loss;
import io.dlrm4j.effects.train.ActiveSamples;

/// Photon's `down.sampling.rate` r of a fixed effect. For classifications every positive sample is kept, a negative one
/// with probability r, and counts 1/r times, so that nothing is biased; for regressions each sample is kept with
/// probability r. The draw is by the samples' numbers, the same in every run.
final class DownSampling {
    private DownSampling() {}

    /// What is not kept has weight 0, so that it is scored with the others.
    static void apply(EntityData data, double rate, Loss loss) {
        if (rate == 1) {
            return;
        }
        boolean classes = loss == Loss.LOGISTIC || loss == Loss.SMOOTHED_HINGE;
        for (int row = 0; row < data.rows(); row++) {
            if (classes && data.labels()[row] > 0.5) {
                continue;
            }
            boolean kept = (ActiveSamples.hash(data.entity(), data.uids()[row]) >>> 11) * 0x1p-53 < rate;
            data.setWeight(row, kept ? (classes ? data.weights()[row] / rate : data.weights()[row]) : 0);
        }
    }
}
