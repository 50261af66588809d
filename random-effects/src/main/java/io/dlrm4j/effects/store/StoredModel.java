package io.dlrm4j.effects.store;

import io.dlrm4j.effects.data.EntityModel;

/// A model as the store keeps it.
///
/// @param idType such as userId
/// @param key such as a user's id
/// @param features numbers of the id type's feature index, strictly ascending, `[d]`
/// @param means coefficients, `[d]`
/// @param kind what `precisions` holds
/// @param precisions nothing; the diagonal of the precision matrix, `[d]`; or its lower triangle row by row,
///     `[d (d + 1) / 2]`
/// @param version the commit that wrote it; 0 before it is written
public record StoredModel(
        String idType, String key, int[] features, double[] means, Kind kind, double[] precisions, long version) {
    /// What is known of the precision, the inverse of the covariance.
    public enum Kind {
        /// Nothing.
        NONE,
        /// Its diagonal.
        DIAGONAL,
        /// All of it.
        FULL;

        int numbers(int coefficients) {
            return switch (this) {
                case NONE -> 0;
                case DIAGONAL -> coefficients;
                case FULL -> Math.multiplyExact(coefficients, coefficients + 1) / 2;
            };
        }
    }

    /// Checks the lengths; the arrays are kept, not copied.
    ///
    /// @throws IllegalArgumentException when a length is wrong or features do not ascend
    public StoredModel {
        if (features.length != means.length || precisions.length != kind.numbers(means.length)) {
            throw new IllegalArgumentException("%s %s: %d features, %d means, %d precisions (%s)"
                    .formatted(idType, key, features.length, means.length, precisions.length, kind));
        }
        for (int i = 1; i < features.length; i++) {
            if (features[i] <= features[i - 1]) {
                throw new IllegalArgumentException("%s %s: feature %d after feature %d, want them ascending"
                        .formatted(idType, key, features[i], features[i - 1]));
            }
        }
    }

    /// A model with the variances of a trained one.
    public static StoredModel of(String idType, EntityModel model) {
        int size = model.size();
        int[] features = new int[size];
        double[] means = new double[size];
        double[] precisions = new double[model.hasVariances() ? size : 0];
        for (int i = 0; i < size; i++) {
            features[i] = model.feature(i);
            means[i] = model.mean(i);
            if (model.hasVariances()) {
                precisions[i] = 1 / model.variance(i);
            }
        }
        Kind kind = model.hasVariances() ? Kind.DIAGONAL : Kind.NONE;
        return new StoredModel(idType, model.entity(), features, means, kind, precisions, 0);
    }

    /// @return the same as a model that scores; variances are 1 over the diagonal of the precision
    public EntityModel toModel() {
        double[] variances = new double[kind == Kind.NONE ? 0 : means.length];
        for (int i = 0; i < variances.length; i++) {
            variances[i] = 1 / precisions[kind == Kind.DIAGONAL ? i : (i + 1) * (i + 2) / 2 - 1];
        }
        return new EntityModel(key, features, means, kind == Kind.NONE ? null : variances);
    }
}
