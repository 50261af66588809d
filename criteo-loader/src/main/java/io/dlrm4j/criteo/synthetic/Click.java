package io.dlrm4j.criteo.synthetic;

/// One generated row, filled in place by [ClickModel#fill]. One thread at a time; nothing is allocated by filling.
public final class Click {
    /// Stands in [#count] for a value that is not there.
    public static final int MISSING = -1;

    final int[] counts = new int[DenseCounts.FEATURES];
    final float[] logs = new float[DenseCounts.FEATURES];
    final double[] normal = new double[DenseCounts.FEATURES];
    final int[] ids = new int[Cardinalities.TABLES];
    double tableEffect;
    double pairEffect;
    double denseEffect;
    double logit;
    double probability;
    int label;

    /// @return dense feature `feature` (0 to 12) as in a raw line, 0 or more, or [#MISSING]
    public int count(int feature) {
        return counts[feature];
    }

    /// @return `ln(1 + count)`, 0 for a missing one: what training sees
    public float log(int feature) {
        return logs[feature];
    }

    /// @return the id in table `table` (0 to 25)
    public int id(int table) {
        return ids[table];
    }

    /// @return logit of [#probability]
    public double logit() {
        return logit;
    }

    /// @return the true probability of label 1
    public double probability() {
        return probability;
    }

    /// @return 0 or 1, drawn with [#probability]
    public int label() {
        return label;
    }
}
