package io.dlrm4j.effects.store;

import io.dlrm4j.effects.online.Posterior;
import io.dlrm4j.effects.online.Precision;

/// Models whose numbers follow from one number.
final class Models {
    private Models() {}

    static StoredModel of(String idType, String key, double value) {
        double[] precisions = {value, 0.5, value + 1};
        return new StoredModel(
                idType,
                key,
                new Posterior(new int[] {-1, 0}, new double[] {value, -value}, Precision.FULL, precisions));
    }

    static double value(ModelStore store, String idType, String key) {
        StoredModel model = store.get(idType, key);
        return model == null ? Double.NaN : model.posterior().means()[0];
    }
}
