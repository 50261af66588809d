package io.dlrm4j.effects.online;

import io.dlrm4j.effects.data.EntityModel;
import java.util.Arrays;
import java.util.stream.IntStream;

/// The belief about one entity's coefficients: normal, with a mean and a precision. Never changes.
public final class Posterior {
    private final int[] features;
    private final double[] means;
    private final Precision kind;
    private final double[] precisions;

    /// @param features feature numbers, strictly ascending, the intercept's first, `[d]`; kept, not copied
    /// @param means `[d]`; kept, not copied
    /// @param kind what `precisions` holds
    /// @param precisions the lower triangle by rows, `[d (d + 1) / 2]`; the diagonal, `[d]`; or nothing; kept
    /// @throws IllegalArgumentException when a length is wrong or features do not ascend
    public Posterior(int[] features, double[] means, Precision kind, double[] precisions) {
        if (features.length != means.length || precisions.length != kind.numbers(means.length)) {
            throw new IllegalArgumentException("%d features, %d means, %d precisions for %s, want d, d and %d"
                    .formatted(features.length, means.length, precisions.length, kind, kind.numbers(means.length)));
        }
        for (int j = 1; j < features.length; j++) {
            if (features[j] <= features[j - 1]) {
                throw new IllegalArgumentException(
                        "feature %d after feature %d, want them ascending".formatted(features[j], features[j - 1]));
            }
        }
        this.features = features;
        this.means = means;
        this.kind = kind;
        this.precisions = precisions;
    }

    /// @param model a trained model
    /// @param otherwise the precision of a coefficient whose variance is not known
    /// @return a belief with the model's variances, each coefficient on its own
    public static Posterior of(EntityModel model, double otherwise) {
        int d = model.size();
        int[] features = new int[d];
        double[] means = new double[d];
        double[] precisions = new double[d];
        for (int j = 0; j < d; j++) {
            features[j] = model.feature(j);
            means[j] = model.mean(j);
            double variance = model.variance(j);
            precisions[j] = variance > 0 ? 1 / variance : otherwise;
        }
        return new Posterior(features, means, Precision.DIAGONAL, precisions);
    }

    /// @param entity its name
    /// @return the same as a model: variances are 1 over the precision's diagonal
    public EntityModel toModel(String entity) {
        double[] variances = null;
        if (kind != Precision.NONE) {
            variances = new double[means.length];
            for (int j = 0; j < means.length; j++) {
                variances[j] = 1 / precision(j, j);
            }
        }
        return new EntityModel(entity, features, means, variances);
    }

    /// @param known features that it shall know, in any order
    /// @param precision of those that join, whose mean is 0; more than 0
    /// @return this, or the same with the features that it did not know
    public Posterior knowing(int[] known, double precision) {
        int[] all = IntStream.concat(Arrays.stream(features), Arrays.stream(known))
                .sorted()
                .distinct()
                .toArray();
        if (all.length == features.length) {
            return this;
        }
        double[] mean = new double[all.length];
        double[] numbers = new double[kind.numbers(all.length)];
        int at = 0;
        for (int i = 0; i < all.length; i++) {
            int own = positionOf(all[i]);
            mean[i] = own < 0 ? 0 : means[own];
            if (kind == Precision.DIAGONAL) {
                numbers[i] = own < 0 ? precision : precisions[own];
            }
            for (int j = 0; j <= i && kind == Precision.FULL; j++, at++) {
                int other = positionOf(all[j]);
                numbers[at] = own >= 0 && other >= 0 ? precision(own, other) : i == j ? precision : 0;
            }
        }
        return new Posterior(all, mean, kind, numbers);
    }

    /// @return number of coefficients
    public int size() {
        return features.length;
    }

    /// @return feature numbers, `[d]`; do not change
    public int[] features() {
        return features;
    }

    /// @return means, `[d]`; do not change
    public double[] means() {
        return means;
    }

    /// @return what is known of the precision
    public Precision kind() {
        return kind;
    }

    /// @return as given to the constructor; do not change
    public double[] precisions() {
        return precisions;
    }

    /// @param i a position
    /// @param j a position
    /// @return the precision matrix's element; 0 where nothing is known
    public double precision(int i, int j) {
        return switch (kind) {
            case FULL -> precisions[Math.max(i, j) * (Math.max(i, j) + 1) / 2 + Math.min(i, j)];
            case DIAGONAL -> i == j ? precisions[i] : 0;
            case IDENTITY -> i == j ? 1 : 0;
            case NONE -> 0;
        };
    }

    /// @param feature a feature's number
    /// @return its position, negative when the belief does not know it
    public int positionOf(int feature) {
        return Arrays.binarySearch(features, feature);
    }
}
