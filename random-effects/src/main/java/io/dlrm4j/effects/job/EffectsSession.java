package io.dlrm4j.effects.job;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.column.Columns;
import io.dlrm4j.effects.column.Doubles;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.descent.Coordinate;
import io.dlrm4j.effects.descent.CoordinateDescent;
import io.dlrm4j.effects.descent.DescentSettings;
import io.dlrm4j.effects.descent.MixedModel;
import io.dlrm4j.effects.descent.ScoreTable;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.flow.FlowOptions;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.job.SampleInput.Part;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A configuration with its feature indexes and opened samples. Closes what it opened.
final class EffectsSession implements Closeable {
    private final EffectsConfig config;
    private final FlowOptions options;
    private final Columns columns;
    private final Map<String, FeatureIndex> indices = new LinkedHashMap<>();
    private final Map<String, FeatureScaling> scalings = new HashMap<>();
    private final List<Closeable> opened = new ArrayList<>();

    /// @param temporary folder under which spilled data lie meanwhile
    EffectsSession(EffectsConfig config, Path temporary) throws IOException {
        this.config = config;
        FlowOptions usual = FlowOptions.in(temporary);
        this.options = new FlowOptions(temporary, usual.memoryBytes(), config.threads());
        this.columns = Columns.in(temporary);
        for (CoordinateSpec spec : config.coordinates()) {
            indices.put(spec.name(), SampleInput.index(config, spec));
        }
    }

    EffectsConfig config() {
        return config;
    }

    FeatureIndex index(CoordinateSpec spec) {
        return indices.computeIfAbsent(spec.name(), _ -> new FeatureIndex());
    }

    /// Takes other numbers of features, such as a store's.
    void setIndex(CoordinateSpec spec, FeatureIndex index) {
        indices.put(spec.name(), index);
    }

    /// @param given where the samples are instead of where the configuration has them, or null
    SampleFiles files(Part part, @Nullable Path given) throws IOException {
        SampleFiles files = new SampleFiles(config, part, given, options, columns);
        opened.add(files);
        return files;
    }

    /// @return what bounds the memory, in one line: the engine's, the heap, and columns of samples, which are files
    String budget() {
        return "memory: engine %d MiB, heap %d MiB at most; %.1f MiB of samples' columns in mapped files of %s"
                .formatted(
                        options.memoryBytes() >> 20,
                        Runtime.getRuntime().maxMemory() >> 20,
                        columns.bytes() / 1048576.0,
                        options.temporary());
    }

    /// @return the kinds of entities that evaluators ask for
    Set<String> kinds() {
        Set<String> kinds = new HashSet<>();
        for (Evaluator evaluator : config.descent().evaluators()) {
            if (!evaluator.entity().isEmpty()) {
                kinds.add(evaluator.entity());
            }
        }
        return kinds;
    }

    /// The coordinates of a training: samples normalized and sampled down where that is wanted.
    List<Coordinate> prepared(
            SampleFiles training,
            SampleFiles.Table table,
            @Nullable SampleFiles validation,
            SampleFiles.@Nullable Table held)
            throws IOException {
        List<Coordinate> coordinates = new ArrayList<>();
        coordinates.add(given(table, held));
        for (CoordinateSpec spec : config.coordinates()) {
            FeatureIndex index = index(spec);
            Normalization normalization = spec.preparation().normalization();
            FeatureScaling scaling = normalization == Normalization.NONE
                    ? null // and no flow is opened
                    : FeatureScaling.measure(normalization, training.byEntity(spec, index));
            if (scaling != null) {
                scalings.put(spec.name(), scaling);
            }
            Coordinate plain = coordinate(spec, training, validation);
            if (plain instanceof Coordinate.FixedEffect fixed) {
                double rate = spec.preparation().downSampling();
                DownSampling.apply(fixed.training(), rate, spec.solver().loss());
            }
            coordinates.add(scaling == null ? plain : scaled(plain, scaling));
        }
        return coordinates;
    }

    /// The coordinates of samples that are only scored.
    List<Coordinate> plain(SampleFiles files, SampleFiles.Table table) throws IOException {
        List<Coordinate> coordinates = new ArrayList<>();
        coordinates.add(given(table, null));
        for (CoordinateSpec spec : config.coordinates()) {
            coordinates.add(coordinate(spec, files, null));
        }
        return coordinates;
    }

    private static Coordinate given(SampleFiles.Table table, SampleFiles.@Nullable Table held) {
        return new Coordinate.Scores(EffectsJob.GIVEN, table.given(), held == null ? Doubles.NONE : held.given());
    }

    private Coordinate coordinate(CoordinateSpec spec, SampleFiles training, @Nullable SampleFiles validation)
            throws IOException {
        FeatureIndex index = index(spec);
        return spec.isRandom()
                ? new Coordinate.RandomEffect(
                        spec.name(),
                        training.byEntity(spec, index),
                        validation == null ? null : validation.byEntity(spec, index),
                        spec.trainer(config.threads()))
                : new Coordinate.FixedEffect(
                        spec.name(),
                        training.all(spec, index),
                        validation == null ? null : validation.all(spec, index),
                        spec.solver());
    }

    private static Coordinate scaled(Coordinate plain, FeatureScaling scaling) {
        return switch (plain) {
            case Coordinate.Scores scores -> scores;
            case Coordinate.FixedEffect fixed -> {
                scaling.scale(fixed.training());
                EntityData validation = fixed.validation();
                if (validation != null) {
                    scaling.scale(validation);
                }
                yield fixed;
            }
            case Coordinate.RandomEffect random -> {
                EntitySource.Repeatable validation = random.validation();
                yield new Coordinate.RandomEffect(
                        random.name(),
                        scaling.scaled(random.training()),
                        validation == null ? null : scaling.scaled(validation),
                        random.trainer());
            }
        };
    }

    /// @return models of normalized samples from models of samples as they come
    MixedModel scaled(MixedModel model) {
        return with(model, true);
    }

    /// @return models of samples as they come from models of normalized samples
    MixedModel original(MixedModel model) {
        return with(model, false);
    }

    private MixedModel with(MixedModel model, boolean scale) {
        Map<String, Map<String, EntityModel>> changed = new LinkedHashMap<>();
        model.coordinates().forEach((name, models) -> {
            FeatureScaling scaling = scalings.get(name);
            changed.put(name, scaling == null ? models : scale ? scaling.scaled(models) : scaling.original(models));
        });
        return new MixedModel(changed);
    }

    /// Scores samples with models, each coordinate's into the tables; training ends with the scores of its last step,
    /// which is not always the best.
    void score(List<Coordinate> coordinates, ScoreTable table, @Nullable ScoreTable held, MixedModel model)
            throws IOException {
        List<Coordinate> there = new ArrayList<>();
        Set<String> locked = new HashSet<>();
        for (Coordinate coordinate : coordinates) {
            String name = coordinate.name();
            boolean hasModels =
                    !model.coordinates().getOrDefault(name, Map.of()).isEmpty();
            if (hasModels || coordinate instanceof Coordinate.Scores) {
                there.add(coordinate);
            } else {
                table.scoresOf(name).clear();
                if (held != null) {
                    held.scoresOf(name).clear();
                }
            }
            if (hasModels) {
                locked.add(name);
            }
        }
        List<Evaluator> evaluators = held == null ? List.of() : config.descent().evaluators();
        DescentSettings settings =
                new DescentSettings(1, locked, evaluators, config.descent().compat());
        new CoordinateDescent(there, table, held, settings).run(model, _ -> {});
    }

    /// @param folder of models in our layout, GDMix's or Photon's, or a store of models
    /// @throws DataException when none of the coordinates has a model there
    MixedModel read(Path folder) throws IOException {
        ModelFolder models = new ModelFolder(folder);
        MixedModel model = MixedModel.EMPTY;
        for (CoordinateSpec spec : config.coordinates()) {
            Map<String, EntityModel> of = models.read(spec, index(spec));
            if (!of.isEmpty()) {
                model = ModelFolder.join(model, spec.name(), of);
            }
        }
        if (model.coordinates().isEmpty()) {
            throw new DataException(
                    "%s: no models of %s, want COORDINATE/models/part-00000.avro, Photon's fixed-effect or random-effect, or a store"
                            .formatted(folder, indices.keySet()));
        }
        return model;
    }

    @Override
    public void close() throws IOException {
        for (Closeable one : opened) {
            one.close();
        }
        columns.close();
    }
}
