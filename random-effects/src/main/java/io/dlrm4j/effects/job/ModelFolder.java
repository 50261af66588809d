package io.dlrm4j.effects.job;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.descent.MixedModel;
import io.dlrm4j.effects.format.PartFiles;
import io.dlrm4j.effects.format.avro.AvroModels;
import io.dlrm4j.effects.format.avro.AvroSchemas;
import io.dlrm4j.effects.format.avro.AvroWriter;
import io.dlrm4j.effects.format.avro.ModelRecord;
import io.dlrm4j.effects.format.gdmix.GdmixFolders;
import io.dlrm4j.effects.format.gdmix.GdmixModelWriter;
import io.dlrm4j.effects.format.lambda.LambdaModel;
import io.dlrm4j.effects.format.photon.PhotonModel;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.solve.Loss;
import io.dlrm4j.effects.store.ModelStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Where models lie: `FOLDER/<coordinate>/models/part-00000.avro`, as in GDMix, with all coefficients. Read as well are
/// GDMix's folders with one file for each partition, Photon's, Lambda Learner's `FOLDER/<coordinate>.txt` of one model,
/// and stores of online learning.
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
                writer.write(record(model, id, index, loss).toAvro());
            }
            writer.finish();
        }
    }

    /// @return a file of a coordinate's models, which appears when it is finished
    AvroWriter open(String coordinate) throws IOException {
        return AvroWriter.open(coordinate(coordinate).model(0), AvroSchemas.BAYESIAN_LINEAR_MODEL);
    }

    /// @return a model as it is written: intercept first, then by feature numbers
    static ModelRecord record(EntityModel model, String id, FeatureIndex index, Loss loss) {
        String modelClass = switch (loss) {
            case LOGISTIC -> ModelRecord.LOGISTIC;
            case SQUARED -> ModelRecord.LINEAR;
            case POISSON -> ModelRecord.POISSON;
            case SMOOTHED_HINGE -> ModelRecord.SMOOTHED_HINGE;
        };
        return ModelRecord.of(model, index, id, modelClass);
    }

    /// Reads a coordinate's models.
    ///
    /// @param index features are added to it
    /// @return by entity; a fixed effect's under its name; none where the coordinate has no files
    Map<String, EntityModel> read(CoordinateSpec spec, FeatureIndex index) throws IOException {
        Map<String, EntityModel> models = new LinkedHashMap<>();
        if (ModelStore.isStore(folder)) {
            try (ModelStore store = ModelStore.open(folder)) {
                FeatureIndex own = store.features(spec.name());
                store.forEach(stored -> {
                    if (stored.idType().equals(spec.name())) {
                        EntityModel model = stored.posterior().toModel(stored.key());
                        put(
                                models,
                                spec,
                                ModelRecord.of(model, own, stored.key(), "").toModel(index));
                    }
                });
            }
            return models;
        }
        Path text = inside(folder, spec.name() + ".txt");
        if (!spec.isRandom() && Files.isRegularFile(text)) {
            ModelRecord record =
                    LambdaModel.read(text, spec.name(), spec.solver().intercept());
            put(models, spec, record.toModel(index));
            return models;
        }
        for (Path file : files(spec)) {
            try (AvroModels in = AvroModels.open(file)) {
                for (ModelRecord record = in.next(); record != null; record = in.next()) {
                    put(models, spec, record.toModel(index));
                }
            }
        }
        return models;
    }

    private static void put(Map<String, EntityModel> models, CoordinateSpec spec, EntityModel model) {
        models.put(spec.isRandom() ? model.entity() : spec.name(), spec.isRandom() ? model : model.named(spec.name()));
    }

    private List<Path> files(CoordinateSpec spec) throws IOException {
        for (Path photon : List.of(folder, folder.resolve("best"))) {
            if (PhotonModel.isModel(photon)) {
                return PhotonModel.read(photon).coordinates().stream()
                        .filter(one -> one.name().equals(spec.name()))
                        .flatMap(one -> one.coefficients().stream())
                        .toList();
            }
        }
        if (PhotonModel.isModel(folder.resolve("models/0"))) {
            throw new DataException("%s: several models of a search and none that is best, want one of them: %s"
                    .formatted(folder, folder.resolve("models/0")));
        }
        GdmixFolders own = coordinate(spec.name());
        if (!Files.isDirectory(own.models())) {
            return List.of();
        }
        return spec.isRandom() ? PartFiles.of(own.models(), ".avro") : List.of(own.fixedModel());
    }

    /// @param model changed coordinates replace what it has
    /// @return the model with a coordinate's models
    static MixedModel join(MixedModel model, String coordinate, Map<String, EntityModel> models) {
        Map<String, Map<String, EntityModel>> all = new LinkedHashMap<>(model.coordinates());
        all.put(coordinate, models);
        return new MixedModel(all);
    }

    private GdmixFolders coordinate(String coordinate) {
        return new GdmixFolders(inside(folder, coordinate));
    }

    /// @return a coordinate's folder
    /// @throws IllegalArgumentException when its name cannot be a folder's
    static Path inside(Path folder, String coordinate) {
        Path own = folder.resolve(coordinate).normalize();
        if (coordinate.isEmpty()
                || coordinate.contains("/")
                || !own.startsWith(folder.normalize())
                || own.equals(folder.normalize())) {
            throw new IllegalArgumentException(
                    "coordinate \"%s\", want a name that can be a folder's".formatted(coordinate));
        }
        return own;
    }
}
