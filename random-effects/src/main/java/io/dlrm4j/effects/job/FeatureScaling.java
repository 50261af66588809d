package io.dlrm4j.effects.job;

import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.data.FeatureIndex;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A factor for each feature: samples are multiplied with it, models of such samples divided.
///
/// ```
/// x' = x f     w' = w / f     w'·x' = w·x     variance of w' = variance of w / f²
/// ```
///
/// Sizes are those of all training samples ([FeatureStatistics]).
final class FeatureScaling {
    private final double[] factors;

    private FeatureScaling(double[] factors) {
        this.factors = factors;
    }

    /// @return null where features are taken as they come
    static @Nullable FeatureScaling measure(Normalization kind, EntitySource.Repeatable samples) throws IOException {
        if (kind == Normalization.NONE) {
            return null;
        }
        FeatureStatistics statistics = FeatureStatistics.measure(samples);
        double[] factors = new double[statistics.size()];
        for (int j = 0; j < factors.length; j++) {
            double size = kind == Normalization.SCALE_WITH_MAX_MAGNITUDE
                    ? Math.max(Math.abs(statistics.max(j)), Math.abs(statistics.min(j)))
                    : Math.sqrt(statistics.variance(j));
            factors[j] = size > 0 && Double.isFinite(1 / size) ? 1 / size : 1;
        }
        return new FeatureScaling(factors);
    }

    /// @return 1 for the intercept and for features that no training sample has
    double factor(int feature) {
        return feature == FeatureIndex.INTERCEPT || feature >= factors.length ? 1 : factors[feature];
    }

    /// Scales in place.
    void scale(EntityData data) {
        double[] values = data.values();
        for (int k = 0; k < data.entries(); k++) {
            values[k] *= factor(data.indices()[k]);
        }
    }

    /// @return the same entities, scaled
    EntitySource.Repeatable scaled(EntitySource.Repeatable entities) {
        return () -> {
            EntitySource source = entities.open();
            return new EntitySource() {
                @Override
                public boolean next(EntityData into) throws IOException {
                    boolean more = source.next(into);
                    scale(into);
                    return more;
                }

                @Override
                public void close() throws IOException {
                    source.close();
                }
            };
        };
    }

    /// @return models of scaled samples from models of samples as they come
    Map<String, EntityModel> scaled(Map<String, EntityModel> models) {
        return divided(models, false);
    }

    /// @return models of samples as they come from models of scaled samples
    Map<String, EntityModel> original(Map<String, EntityModel> models) {
        return divided(models, true);
    }

    private Map<String, EntityModel> divided(Map<String, EntityModel> models, boolean inverse) {
        Map<String, EntityModel> changed = new LinkedHashMap<>();
        models.forEach((entity, model) -> {
            int size = model.size();
            int[] features = new int[size];
            double[] means = new double[size];
            double[] variances = model.hasVariances() ? new double[size] : null;
            for (int j = 0; j < size; j++) {
                features[j] = model.feature(j);
                double factor = inverse ? factor(features[j]) : 1 / factor(features[j]);
                means[j] = model.mean(j) * factor;
                if (variances != null) {
                    variances[j] = model.variance(j) * factor * factor;
                }
            }
            changed.put(entity, new EntityModel(model.entity(), features, means, variances));
        });
        return changed;
    }
}
