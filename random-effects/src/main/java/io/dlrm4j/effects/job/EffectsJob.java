package io.dlrm4j.effects.job;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.descent.Coordinate;
import io.dlrm4j.effects.descent.CoordinateDescent;
import io.dlrm4j.effects.descent.DescentResult;
import io.dlrm4j.effects.descent.DescentSettings;
import io.dlrm4j.effects.descent.DescentStep;
import io.dlrm4j.effects.descent.MixedModel;
import io.dlrm4j.effects.descent.ScoreTable;
import io.dlrm4j.effects.descent.Tuning;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.flow.FlowOptions;
import io.dlrm4j.effects.format.avro.AvroWriter;
import io.dlrm4j.effects.format.gdmix.ScoreFile;
import io.dlrm4j.effects.search.BayesianSearch;
import io.dlrm4j.effects.search.PointSearch;
import io.dlrm4j.effects.search.SobolSearch;
import io.dlrm4j.effects.train.RandomEffectTrainer;
import io.dlrm4j.effects.train.SampleScores;
import io.dlrm4j.effects.train.TrainingCounts;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Trains random effects from files to files, or scores files with trained ones.
///
/// ```
/// OUTPUT/<coordinate>/models/part-00000.avro      one model an entity
/// OUTPUT/validation_scores/part-00000.avro        uid, logit, label, weight of the validation samples
/// ```
public final class EffectsJob implements Closeable {
    /// The coordinate of what the samples came with: offsets and score files.
    public static final String GIVEN = "given scores";

    private final EffectsConfig config;
    private final Map<String, FeatureIndex> indices = new HashMap<>();
    private final List<Closeable> opened = new ArrayList<>();
    private final FlowOptions options;

    private EffectsJob(EffectsConfig config, Path temporary) {
        this.config = config;
        FlowOptions usual = FlowOptions.in(temporary);
        this.options = new FlowOptions(temporary, usual.memoryBytes(), config.threads());
        for (EffectsConfig.CoordinateSpec spec : config.coordinates()) {
            indices.put(spec.name(), new FeatureIndex());
        }
    }

    /// Trains.
    ///
    /// @param start folder of models to begin with, or null
    /// @param output folder for models and scores; spilled data lie there while it runs
    /// @param listener hears of every coordinate that is trained; of a search, of every trial's last
    /// @return what was found; of a single random effect without validation the models are in their file alone
    /// @throws IOException when files cannot be read or written
    public static DescentResult train(
            EffectsConfig config, @Nullable Path start, Path output, Consumer<DescentStep> listener)
            throws IOException {
        try (EffectsJob job = new EffectsJob(config, output)) {
            if (start == null && config.isOneRandomEffect()) {
                return job.stream(config.coordinates().getFirst(), output, listener);
            }
            MixedModel old = start == null ? MixedModel.EMPTY : job.read(start);
            return job.train(old, output, listener);
        }
    }

    /// Scores.
    ///
    /// @param models folder of models
    /// @param samples a file or a folder, with the columns of the configuration
    /// @param output the new score file, Avro as GDMix writes it
    /// @return number of samples
    /// @throws IOException when files cannot be read or written
    public static int score(EffectsConfig config, Path models, Path samples, Path output) throws IOException {
        Path folder = output.toAbsolutePath().getParent();
        try (EffectsJob job = new EffectsJob(config, folder == null ? Path.of(".") : folder)) {
            MixedModel model = job.read(models);
            SampleFiles files = job.open(samples);
            SampleFiles.Table table = files.table(Set.of());
            List<Coordinate> coordinates = job.coordinates(files, table, null, null);
            Set<String> locked = new HashSet<>(job.indices.keySet());
            new CoordinateDescent(
                            coordinates,
                            table.table(),
                            null,
                            new DescentSettings(
                                    1, locked, List.of(), config.descent().compat()))
                    .run(model, _ -> {});
            write(
                    table.table(),
                    table.table().totals(),
                    output,
                    config.descent().compat());
            return table.table().rows();
        }
    }

    /// One random effect without validation needs no table of samples: entities come, models go.
    private DescentResult stream(EffectsConfig.CoordinateSpec spec, Path output, Consumer<DescentStep> listener)
            throws IOException {
        FeatureIndex index = index(spec);
        TrainingCounts counts;
        try (AvroWriter writer = new ModelFolder(output).open(spec.name());
                EntitySource source =
                        open(config.data().training()).withScores(spec, index).open()) {
            counts = new RandomEffectTrainer(spec.trainer(config.threads()))
                    .train(
                            source,
                            _ -> null,
                            SampleScores.NONE,
                            model -> writer.write(ModelFolder.record(model, model.entity(), index, config.loss())));
            writer.finish();
        }
        DescentStep step = new DescentStep(1, spec.name(), counts, Map.of());
        listener.accept(step);
        return new DescentResult(MixedModel.EMPTY, List.of(step), 0, new double[0]);
    }

    private DescentResult train(MixedModel old, Path output, Consumer<DescentStep> listener) throws IOException {
        EffectsConfig.Data data = config.data();
        SampleFiles training = open(data.training());
        SampleFiles.Table table = training.table(Set.of());
        SampleFiles validation = data.validation() == null ? null : open(data.validation());
        SampleFiles.Table held = validation == null ? null : validation.table(kinds());
        List<Coordinate> coordinates = coordinates(training, table, validation, held);
        EffectsConfig.Descent descent = config.descent();
        DescentSettings settings =
                new DescentSettings(descent.passes(), descent.locked(), descent.evaluators(), descent.compat());
        ScoreTable heldTable = held == null ? null : held.table();
        DescentResult result;
        if (config.search() == null || heldTable == null) {
            result = new CoordinateDescent(coordinates, table.table(), heldTable, settings).run(old, listener);
        } else {
            result = search(new Tuning(coordinates, table.table(), heldTable, settings), config.search(), listener);
        }
        ModelFolder folder = new ModelFolder(output);
        for (EffectsConfig.CoordinateSpec spec : config.coordinates()) {
            Map<String, EntityModel> models = result.model().coordinates().getOrDefault(spec.name(), Map.of());
            folder.write(spec.name(), spec.entity().isEmpty(), models, index(spec), config.loss());
        }
        if (heldTable != null) {
            Path scores = output.resolve("validation_scores").resolve("part-00000.avro");
            write(heldTable, result.validation(), scores, descent.compat());
        }
        return result;
    }

    private static DescentResult search(Tuning tuning, EffectsConfig.Search search, Consumer<DescentStep> listener)
            throws IOException {
        Consumer<Tuning.Trial> heard =
                trial -> listener.accept(trial.result().steps().getLast());
        List<Tuning.Trial> trials = switch (search.kind()) {
            case PATH -> tuning.path(search.weights(), heard);
            case RANDOM, BAYESIAN -> {
                int dimensions = search.coordinates().size();
                PointSearch points = search.kind() == EffectsConfig.SearchKind.RANDOM
                        ? new SobolSearch(dimensions, search.seed())
                        : new BayesianSearch(dimensions, search.seed());
                yield tuning.search(
                        search.coordinates(), search.least(), search.most(), points, search.trials(), heard);
            }
        };
        int best = tuning.best(trials);
        if (best < 0) {
            throw new IllegalArgumentException(
                    "no trial of %d is the best by its evaluator; GDMix finds none for errors (compat)"
                            .formatted(trials.size()));
        }
        return trials.get(best).result();
    }

    private List<Coordinate> coordinates(
            SampleFiles training,
            SampleFiles.Table table,
            @Nullable SampleFiles validation,
            SampleFiles.@Nullable Table held)
            throws IOException {
        List<Coordinate> coordinates = new ArrayList<>();
        coordinates.add(new Coordinate.Scores(GIVEN, table.given(), held == null ? new double[0] : held.given()));
        for (EffectsConfig.CoordinateSpec spec : config.coordinates()) {
            FeatureIndex index = index(spec);
            coordinates.add(
                    spec.entity().isEmpty()
                            ? new Coordinate.FixedEffect(
                                    spec.name(),
                                    training.all(spec.features(), index),
                                    validation == null ? null : validation.all(spec.features(), index),
                                    spec.solver())
                            : new Coordinate.RandomEffect(
                                    spec.name(),
                                    training.byEntity(spec.entity(), spec.features(), index),
                                    validation == null
                                            ? null
                                            : validation.byEntity(spec.entity(), spec.features(), index),
                                    spec.trainer(config.threads())));
        }
        return coordinates;
    }

    private FeatureIndex index(EffectsConfig.CoordinateSpec spec) {
        return indices.computeIfAbsent(spec.name(), _ -> new FeatureIndex());
    }

    private Set<String> kinds() {
        Set<String> kinds = new HashSet<>();
        for (Evaluator evaluator : config.descent().evaluators()) {
            if (!evaluator.entity().isEmpty()) {
                kinds.add(evaluator.entity());
            }
        }
        return kinds;
    }

    private MixedModel read(Path folder) throws IOException {
        ModelFolder models = new ModelFolder(folder);
        MixedModel model = MixedModel.EMPTY;
        for (EffectsConfig.CoordinateSpec spec : config.coordinates()) {
            Map<String, EntityModel> of = models.read(spec.name(), spec.entity().isEmpty(), index(spec));
            if (!of.isEmpty()) {
                model = ModelFolder.join(model, spec.name(), of);
            }
        }
        if (model.coordinates().isEmpty()) {
            throw new DataException("%s: no models of %s, want COORDINATE/models/part-00000.avro in it"
                    .formatted(folder, indices.keySet()));
        }
        return model;
    }

    private SampleFiles open(Path path) {
        SampleFiles files = new SampleFiles(config, path, options);
        opened.add(files);
        return files;
    }

    private static void write(ScoreTable table, double[] scores, Path file, Compat compat) throws IOException {
        try (ScoreFile.Writer writer = ScoreFile.Writer.open(file, ScoreFile.Columns.GDMIX, false, compat)) {
            for (int row = 0; row < table.rows(); row++) {
                writer.write(new ScoreFile.Row(
                        table.uid(row),
                        (float) scores[row],
                        (float) table.label(row),
                        (float) table.weight(row),
                        (float) scores[row]));
            }
            writer.finish();
        }
    }

    @Override
    public void close() throws IOException {
        for (Closeable one : opened) {
            one.close();
        }
    }
}
