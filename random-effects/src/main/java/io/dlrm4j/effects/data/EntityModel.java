package io.dlrm4j.effects.data;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The coefficients of one entity: means, and variances where they were asked for. Never changes.
///
/// Features are numbers of a [FeatureIndex], ascending, so that the intercept ([FeatureIndex#INTERCEPT]) comes first
/// where there is one. A feature that is not there has the coefficient 0.
public final class EntityModel {
    private final String entity;
    private final int[] features;
    private final double[] means;
    private final double @Nullable [] variances;

    /// @param entity whose coefficients; for a fixed effect, its name
    /// @param features feature numbers, strictly ascending, `[d]`; kept, not copied
    /// @param means coefficients, `[d]`; kept, not copied
    /// @param variances of the coefficients, `[d]`, or null when unknown; kept, not copied
    /// @throws IllegalArgumentException when lengths differ or features do not ascend
    public EntityModel(String entity, int[] features, double[] means, double @Nullable [] variances) {
        if (features.length != means.length || (variances != null && variances.length != means.length)) {
            throw new IllegalArgumentException("entity %s: %d features, %d means, %s variances, want as many of each"
                    .formatted(
                            entity,
                            features.length,
                            means.length,
                            variances == null ? "no" : String.valueOf(variances.length)));
        }
        for (int j = 1; j < features.length; j++) {
            if (features[j] <= features[j - 1]) {
                throw new IllegalArgumentException("entity %s: feature %d after feature %d, want them ascending"
                        .formatted(entity, features[j], features[j - 1]));
            }
        }
        this.entity = entity;
        this.features = features;
        this.means = means;
        this.variances = variances;
    }

    /// @return whose coefficients these are
    public String entity() {
        return entity;
    }

    /// @return number of coefficients, with the intercept
    public int size() {
        return features.length;
    }

    /// @param position 0 to `size() - 1`
    /// @return the feature's number
    public int feature(int position) {
        return features[position];
    }

    /// @param position 0 to `size() - 1`
    /// @return the coefficient's mean
    public double mean(int position) {
        return means[position];
    }

    /// @return whether variances are known
    public boolean hasVariances() {
        return variances != null;
    }

    /// @param position 0 to `size() - 1`
    /// @return the coefficient's variance, NaN when unknown
    public double variance(int position) {
        return variances == null ? Double.NaN : variances[position];
    }

    /// @param feature a feature's number
    /// @return its position among the coefficients, negative when it has none
    public int positionOf(int feature) {
        return Arrays.binarySearch(features, feature);
    }

    /// @return the same with shared feature numbers, when those of `other` are equal: models of entities that have the
    ///     same features then hold them once
    @SuppressWarnings("ReferenceEquality") // whether they are the same array, not equal ones
    public EntityModel sharing(EntityModel other) {
        return features != other.features && Arrays.equals(features, other.features)
                ? new EntityModel(entity, other.features, means, variances)
                : this;
    }

    /// @return the same coefficients under another name
    public EntityModel named(String other) {
        return new EntityModel(other, features, means, variances);
    }

    /// Scores a sample of this entity.
    ///
    /// @return coefficients times features, plus the intercept, without the sample's offset
    public double score(EntityData data, int row) {
        int size = features.length;
        int position = size > 0 && features[0] == FeatureIndex.INTERCEPT ? 1 : 0;
        double sum = position == 1 ? means[0] : 0;
        int[] indices = data.indices();
        double[] values = data.values();
        int end = data.rowStarts()[row + 1];
        for (int k = data.rowStarts()[row]; k < end; k++) {
            if (position >= size || features[position] != indices[k]) { // most often the next one in order
                position = Arrays.binarySearch(features, indices[k]);
                if (position < 0) {
                    position = -position - 1;
                    continue;
                }
            }
            sum += means[position++] * values[k];
        }
        return sum;
    }
}
