package io.dlrm4j.effects.format.gdmix;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.avro.AvroSchemas;
import io.dlrm4j.effects.format.avro.AvroWriter;
import io.dlrm4j.effects.format.avro.ModelRecord;
import io.dlrm4j.effects.format.avro.ModelRecord.Coefficient;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Writes models as GDMix does: the intercept always and first, the others in the order of the feature list, a
/// variance where its mean is written.
public final class GdmixModelWriter implements Closeable {
    /// GDMix sets coefficients to 0, and writes none, up to this size.
    public static final double GDMIX_THRESHOLD = 1e-4;

    /// The model id of a fixed effect.
    public static final String GLOBAL_MODEL = "global model";

    private final AvroWriter out;
    private final FeatureIndex order;
    private final double threshold;

    private GdmixModelWriter(AvroWriter out, FeatureIndex order, double threshold) {
        this.out = out;
        this.order = order;
        this.threshold = threshold;
    }

    /// @param order the feature list
    /// @param threshold coefficients of this size or less are left out; [#GDMIX_THRESHOLD] as GDMix does, 0 to lose
    ///     none
    public static GdmixModelWriter open(Path file, FeatureIndex order, double threshold) throws IOException {
        return new GdmixModelWriter(AvroWriter.open(file, AvroSchemas.BAYESIAN_LINEAR_MODEL), order, threshold);
    }

    /// Appends a model; its coefficients may come in any order.
    ///
    /// @throws DataException when a coefficient is of no feature of the list
    public void write(ModelRecord model) throws IOException {
        Coefficient intercept = new Coefficient(FeatureIndex.INTERCEPT_NAME, "", 0, Double.NaN);
        List<Coefficient> others = new ArrayList<>();
        for (Coefficient coefficient : model.coefficients()) {
            if (coefficient.isIntercept()) {
                intercept = coefficient;
            } else if (order.indexOf(coefficient.name(), coefficient.term()) == FeatureIndex.ABSENT) {
                throw new DataException("model %s: coefficient %s,%s is not in the feature list"
                        .formatted(model.modelId(), coefficient.name(), coefficient.term()));
            } else if (Math.abs(coefficient.mean()) > threshold) {
                others.add(coefficient);
            }
        }
        others.sort(Comparator.comparingInt(one -> order.indexOf(one.name(), one.term())));
        others.addFirst(intercept);
        out.write(new ModelRecord(model.modelId(), model.modelClass(), others, model.lossFunction()).toAvro());
    }

    /// Makes the file appear.
    ///
    /// @return its absolute path
    public Path finish() throws IOException {
        return out.finish();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
