package io.dlrm4j.effects.job;

import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.descent.MixedModel;
import io.dlrm4j.effects.format.avro.AvroModels;
import io.dlrm4j.effects.format.avro.AvroSchemas;
import io.dlrm4j.effects.format.avro.AvroWriter;
import io.dlrm4j.effects.format.avro.ModelRecord;
import io.dlrm4j.effects.format.gdmix.GdmixModelWriter;
import io.dlrm4j.effects.solve.Loss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.generic.GenericRecord;

/// Where models lie: `FOLDER/<coordinate>/models/part-00000.avro`, as in GDMix, with all coefficients.
public final class ModelFolder {
    private final Path folder;

    /// @param folder of all coordinates
    public ModelFolder(Path folder) {
        this.folder = folder;
    }

    /// Writes a coordinate's models.
    ///
    /// @param coordinate its name
    /// @param fixed whether it is a fixed effect, whose model is called as GDMix calls it
    /// @param models by entity
    /// @param index the features' names
    /// @param loss they were trained with
    void write(String coordinate, boolean fixed, Map<String, EntityModel> models, FeatureIndex index, Loss loss)
            throws IOException {
        try (AvroWriter writer = open(coordinate)) {
            for (EntityModel model : models.values()) {
                String id = fixed ? GdmixModelWriter.GLOBAL_MODEL : model.entity();
                writer.write(record(model, id, index, loss));
            }
            writer.finish();
        }
    }

    /// @return a file of a coordinate's models, which appears when it is finished
    AvroWriter open(String coordinate) throws IOException {
        return AvroWriter.open(file(coordinate), AvroSchemas.BAYESIAN_LINEAR_MODEL);
    }

    /// @return a model as it is written: intercept first, then by feature numbers
    static GenericRecord record(EntityModel model, String id, FeatureIndex index, Loss loss) {
        String modelClass = switch (loss) {
            case LOGISTIC -> ModelRecord.LOGISTIC;
            case SQUARED -> ModelRecord.LINEAR;
            case POISSON -> ModelRecord.POISSON;
            case SMOOTHED_HINGE -> ModelRecord.SMOOTHED_HINGE;
        };
        return ModelRecord.of(model, index, id, modelClass).toAvro();
    }

    /// Reads a coordinate's models.
    ///
    /// @param coordinate its name
    /// @param fixed whether it is a fixed effect
    /// @param index features are added to it
    /// @return by entity; a fixed effect's under its name; none where the coordinate has no file
    Map<String, EntityModel> read(String coordinate, boolean fixed, FeatureIndex index) throws IOException {
        Map<String, EntityModel> models = new LinkedHashMap<>();
        if (!Files.exists(file(coordinate))) {
            return models;
        }
        try (AvroModels in = AvroModels.open(file(coordinate))) {
            for (ModelRecord record = in.next(); record != null; record = in.next()) {
                EntityModel model = record.toModel(index);
                models.put(fixed ? coordinate : model.entity(), fixed ? model.named(coordinate) : model);
            }
        }
        return models;
    }

    /// @param model changed coordinates replace what it has
    /// @return the model with a coordinate's models
    static MixedModel join(MixedModel model, String coordinate, Map<String, EntityModel> models) {
        Map<String, Map<String, EntityModel>> all = new LinkedHashMap<>(model.coordinates());
        all.put(coordinate, models);
        return new MixedModel(all);
    }

    private Path file(String coordinate) {
        Path file = folder.resolve(coordinate)
                .resolve("models")
                .resolve("part-00000.avro")
                .normalize();
        if (!file.startsWith(folder.normalize()) || coordinate.isEmpty() || coordinate.contains("/")) {
            throw new IllegalArgumentException(
                    "coordinate \"%s\", want a name that can be a folder's".formatted(coordinate));
        }
        return file;
    }
}
