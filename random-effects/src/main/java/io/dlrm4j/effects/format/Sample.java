package io.dlrm4j.effects.format;

import io.dlrm4j.core.data.DataException;
import java.util.Arrays;

/// One sample as it was read, filled again with the next: numbers, the entity, and features by their number in a
/// [io.dlrm4j.effects.data.FeatureIndex]. The intercept is never among the features.
public final class Sample {
    private static final int FIRST_FEATURES = 32;

    private String entity = "";
    private long uid;
    private double label;
    private double weight;
    private double offset;
    private int features;
    private int[] indices = new int[FIRST_FEATURES];
    private double[] values = new double[FIRST_FEATURES];

    /// Forgets the features and sets everything else.
    ///
    /// @param entity whose sample it is; empty where nobody asked for one
    /// @param uid the sample's number
    /// @param label what is predicted
    /// @param weight 0 or more
    /// @param offset the logit of everything else in the model, 0 where the file holds none
    /// @throws DataException when a number is not finite or the weight negative
    public void begin(String entity, long uid, double label, double weight, double offset) {
        if (!Double.isFinite(label) || !Double.isFinite(offset)) {
            throw new DataException("uid %d: label=%s offset=%s, want finite numbers".formatted(uid, label, offset));
        }
        if (!(weight >= 0) || weight == Double.POSITIVE_INFINITY) {
            throw new DataException(
                    "uid %d: weight=%s, want 0 or more; leave the sample out or mend it".formatted(uid, weight));
        }
        this.entity = entity;
        this.uid = uid;
        this.label = label;
        this.weight = weight;
        this.offset = offset;
        features = 0;
    }

    /// @param index the feature's number, 0 or more
    /// @param value its value
    /// @throws DataException when the index is negative or the value not finite
    public void add(int index, double value) {
        if (index < 0 || !Double.isFinite(value)) {
            throw new DataException("uid %d: feature %d = %s, want an index of 0 or more and a finite value"
                    .formatted(uid, index, value));
        }
        if (features == indices.length) {
            indices = Arrays.copyOf(indices, 2 * features);
            values = Arrays.copyOf(values, 2 * features);
        }
        indices[features] = index;
        values[features] = value;
        features++;
    }

    /// @return whose sample it is; empty where nobody asked for one
    public String entity() {
        return entity;
    }

    /// @return the sample's number
    public long uid() {
        return uid;
    }

    /// @return what is predicted
    public double label() {
        return label;
    }

    /// @return how much the sample counts
    public double weight() {
        return weight;
    }

    /// @return the logit of everything else in the model
    public double offset() {
        return offset;
    }

    /// @return number of features
    public int features() {
        return features;
    }

    /// @return feature numbers; the first `features()` count; this object's own, replaced when it grows
    public int[] indices() {
        return indices;
    }

    /// @return feature values; the first `features()` count; this object's own, replaced when it grows
    public double[] values() {
        return values;
    }
}
