package io.dlrm4j.effects.data;

import java.util.Arrays;

/// All samples of one entity, or of a fixed effect, as a sparse matrix by rows in arrays that grow and are reused:
/// filling it again allocates nothing once it has been as large before.
///
/// ```
/// entity    "user 7"
/// row         0         1     2
/// rowStarts   0         2     2        5      rows + 1 numbers; row 1 has no features
/// indices   | 0    12 |    | 3 4 12 |         numbers of a FeatureIndex
/// values    | 1.0 0.5 |    | 1 1  1 |
/// labels      1         0     1
/// weights     1         1     0.5
/// offsets    -0.2      0.7    0.0             logits of everything else in the model
/// uids        901      17     44
/// ```
///
/// An intercept is never among the entries: who trains decides whether there is one. Two entries of one row with the
/// same index count as their sum. The arrays that the accessors return are longer than what is filled, are this
/// object's own, and are replaced when they grow: fetch them again after adding.
public final class EntityData {
    private static final int FIRST_ROWS = 64;
    private static final int FIRST_ENTRIES = 512;

    private String entity = "";
    private int rows;
    private int entries;
    private int[] rowStarts = new int[FIRST_ROWS + 1];
    private double[] labels = new double[FIRST_ROWS];
    private double[] weights = new double[FIRST_ROWS];
    private double[] offsets = new double[FIRST_ROWS];
    private long[] uids = new long[FIRST_ROWS];
    private int[] indices = new int[FIRST_ENTRIES];
    private double[] values = new double[FIRST_ENTRIES];

    /// Forgets all samples.
    ///
    /// @param name the entity whose samples follow; the name of its model. A fixed effect's is that of the effect
    public void begin(String name) {
        entity = name;
        rows = 0;
        entries = 0;
    }

    /// Adds a sample without features; [#addFeature] gives it some.
    ///
    /// @param uid the sample's number, unique over all entities of an effect
    /// @param label 0 or 1 for a classification, a count for Poisson, any number for a regression
    /// @param weight 0 or more; 1 is a sample that counts once
    /// @param offset added to the margin: the logit of everything else in the model
    /// @throws IllegalArgumentException when a number is not finite or the weight negative
    public void addRow(long uid, double label, double weight, double offset) {
        if (!Double.isFinite(label)
                || !Double.isFinite(offset)
                || !(weight >= 0)
                || weight == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "entity %s, uid %d: label=%s weight=%s offset=%s, want finite numbers and a weight of 0 or more"
                            .formatted(entity, uid, label, weight, offset));
        }
        if (rows == labels.length) {
            growRows();
        }
        labels[rows] = label;
        weights[rows] = weight;
        offsets[rows] = offset;
        uids[rows] = uid;
        rows++;
        rowStarts[rows] = entries;
    }

    /// Adds a feature to the sample added last.
    ///
    /// @param index the feature's number in its [FeatureIndex], 0 or more
    /// @param value its value
    /// @throws IllegalArgumentException when the index is negative or the value not finite
    /// @throws IllegalStateException before the first sample
    public void addFeature(int index, double value) {
        if (rows == 0) {
            throw new IllegalStateException("entity %s: a feature before the first sample".formatted(entity));
        }
        if (index < 0 || !Double.isFinite(value)) {
            throw new IllegalArgumentException(
                    "entity %s, uid %d: feature %d = %s, want an index of 0 or more and a finite value"
                            .formatted(entity, uids[rows - 1], index, value));
        }
        if (entries == indices.length) {
            int room = larger(entries);
            indices = Arrays.copyOf(indices, room);
            values = Arrays.copyOf(values, room);
        }
        indices[entries] = index;
        values[entries] = value;
        entries++;
        rowStarts[rows] = entries;
    }

    /// Copies a sample with its features from another entity's samples to the end of these.
    ///
    /// @param row which of `from`
    public void addRowOf(EntityData from, int row) {
        addRow(from.uids[row], from.labels[row], from.weights[row], from.offsets[row]);
        for (int k = from.rowStarts[row]; k < from.rowStarts[row + 1]; k++) {
            addFeature(from.indices[k], from.values[k]);
        }
    }

    /// Changes what everything else in the model says of a sample.
    public void setOffset(int row, double offset) {
        offsets[row] = offset;
    }

    /// Changes how much a sample counts.
    public void setWeight(int row, double weight) {
        weights[row] = weight;
    }

    /// @return whose samples these are
    public String entity() {
        return entity;
    }

    /// @return number of samples
    public int rows() {
        return rows;
    }

    /// @return number of features of all samples together
    public int entries() {
        return entries;
    }

    /// @return where each row's entries begin; the first `rows() + 1` numbers count
    public int[] rowStarts() {
        return rowStarts;
    }

    /// @return feature numbers; the first `entries()` count
    public int[] indices() {
        return indices;
    }

    /// @return feature values; the first `entries()` count
    public double[] values() {
        return values;
    }

    /// @return labels; the first `rows()` count
    public double[] labels() {
        return labels;
    }

    /// @return weights; the first `rows()` count
    public double[] weights() {
        return weights;
    }

    /// @return offsets; the first `rows()` count
    public double[] offsets() {
        return offsets;
    }

    /// @return sample numbers; the first `rows()` count
    public long[] uids() {
        return uids;
    }

    private void growRows() {
        int room = larger(rows);
        rowStarts = Arrays.copyOf(rowStarts, room + 1);
        labels = Arrays.copyOf(labels, room);
        weights = Arrays.copyOf(weights, room);
        offsets = Arrays.copyOf(offsets, room);
        uids = Arrays.copyOf(uids, room);
    }

    private int larger(int size) {
        int most = Integer.MAX_VALUE - 9;
        if (size >= most) {
            throw new IllegalStateException(
                    "entity %s: more than %d samples or features in memory; cap its samples".formatted(entity, most));
        }
        return (int) Math.min(most, size + 1L + (size >> 1));
    }
}
