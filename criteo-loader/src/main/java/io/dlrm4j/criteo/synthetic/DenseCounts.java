package io.dlrm4j.criteo.synthetic;

/// The 13 dense features: counts as in raw lines, heavy-tailed (a rounded-down log-normal), some of them missing.
///
/// Median, spread and missing part differ from feature to feature as they do in click logs, from nearly always 0 to
/// tens of thousands.
final class DenseCounts {
    /// Dense features of Criteo's click data.
    static final int FEATURES = 13;

    private static final double[] MEAN_OF_LOG = {0.9, 1.6, 2.0, 1.8, 7.2, 3.4, 1.7, 2.2, 3.6, 0.4, 1.1, 0.2, 2.0};
    private static final double[] SPREAD_OF_LOG = {1.0, 1.6, 1.3, 0.9, 2.0, 1.6, 1.2, 0.8, 1.3, 0.5, 0.9, 0.7, 1.0};
    private static final double[] MISSING_PART = {
        0.45, 0, 0.21, 0.22, 0.03, 0.22, 0.04, 0.001, 0.04, 0.45, 0.04, 0.77, 0.22
    };
    private static final int KNOWN_LOGS = 4_096;
    private static final double CLIP = 3;

    private final float[] logs = new float[KNOWN_LOGS];
    private final int[] missingBelow = new int[FEATURES];

    DenseCounts() {
        for (int count = 0; count < KNOWN_LOGS; count++) {
            logs[count] = (float) StrictMath.log(count + 1f);
        }
        for (int feature = 0; feature < FEATURES; feature++) {
            missingBelow[feature] = (int) (MISSING_PART[feature] * (1 << 16));
        }
    }

    /// Draws all features of a row.
    ///
    /// @param key of the row
    /// @param first counter of the first feature; the next 13 are used too
    void draw(long key, int first, Click into) {
        for (int feature = 0; feature < FEATURES; feature++) {
            long bits = CounterHash.of(key, first + feature);
            long other = (bits * 0x2545_F491_4F6C_DD1DL) >>> 48;
            if (other < missingBelow[feature]) {
                into.counts[feature] = Click.MISSING;
                into.logs[feature] = 0;
                into.normal[feature] = 0;
                continue;
            }
            double z = MEAN_OF_LOG[feature] + SPREAD_OF_LOG[feature] * CounterHash.nearlyNormal(bits);
            int count = (int) Math.max(0, StrictMath.exp(z) - 1);
            float log = count < KNOWN_LOGS ? logs[count] : (float) StrictMath.log(count + 1f);
            into.counts[feature] = count;
            into.logs[feature] = log;
            into.normal[feature] = Math.clamp((log - MEAN_OF_LOG[feature]) / SPREAD_OF_LOG[feature], -CLIP, CLIP);
        }
    }
}
