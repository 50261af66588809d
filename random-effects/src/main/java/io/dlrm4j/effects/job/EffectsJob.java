package io.dlrm4j.effects.job;

import io.dlrm4j.effects.column.Doubles;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.descent.Coordinate;
import io.dlrm4j.effects.descent.DescentResult;
import io.dlrm4j.effects.descent.DescentStep;
import io.dlrm4j.effects.descent.MixedModel;
import io.dlrm4j.effects.descent.ScoreTable;
import io.dlrm4j.effects.format.avro.AvroWriter;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.job.SampleInput.Part;
import io.dlrm4j.effects.train.RandomEffectTrainer;
import io.dlrm4j.effects.train.SampleScores;
import io.dlrm4j.effects.train.TrainingCounts;
import java.io.IOException;
import java.nio.file.Path;
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
///
/// or in the folders of GDMix and Photon ([OutputFormat]).
public final class EffectsJob {
    /// The coordinate of what the samples came with: offsets and score files.
    public static final String GIVEN = "given scores";

    private final EffectsSession session;
    private final EffectsConfig config;
    private final Path output;
    private final OutputFormat format;

    private EffectsJob(EffectsSession session, Path output, OutputFormat format) {
        this.session = session;
        this.config = session.config();
        this.output = output;
        this.format = format;
    }

    /// Trains.
    ///
    /// @param start folder of models to begin with, or null
    /// @param output folder for models and scores; spilled data lie there while it runs
    /// @param format how they are laid down
    /// @param listener hears of every coordinate that is trained; of a search, of every trial's last
    /// @return what was found; validation scores are in their file alone, as are the models of a single random
    ///     effect without validation
    /// @throws IllegalArgumentException when configuration, models and format contradict each other
    /// @throws IOException when files cannot be read or written
    public static DescentResult train(
            EffectsConfig config,
            @Nullable Path start,
            Path output,
            OutputFormat format,
            Consumer<DescentStep> listener)
            throws IOException {
        return train(config, start, output, format, _ -> {}, listener);
    }

    /// Trains, and tells of its memory.
    ///
    /// @param budget hears before the first coordinate what memory and which files the job takes
    public static DescentResult train(
            EffectsConfig config,
            @Nullable Path start,
            Path output,
            OutputFormat format,
            Consumer<String> budget,
            Consumer<DescentStep> listener)
            throws IOException {
        format.requireFits(config);
        try (EffectsSession session = new EffectsSession(config, output)) {
            EffectsJob job = new EffectsJob(session, output, format);
            if (start == null && config.isOneRandomEffect() && format.layout() == OutputFormat.Layout.DLRM) {
                return job.stream(config.coordinates().getFirst(), budget, listener);
            }
            MixedModel old = start == null ? MixedModel.EMPTY : session.read(start);
            return job.train(old, budget, listener);
        }
    }

    /// Scores.
    ///
    /// @param models folder of models, or a store of them
    /// @param samples a file or a folder, with the columns of the configuration
    /// @param output the new score file, Avro as GDMix writes it, or as Photon does
    /// @return number of samples
    /// @throws IOException when files cannot be read or written
    public static int score(EffectsConfig config, Path models, Path samples, Path output, OutputFormat.Layout layout)
            throws IOException {
        Path folder = output.toAbsolutePath().getParent();
        try (EffectsSession session = new EffectsSession(config, folder == null ? Path.of(".") : folder)) {
            MixedModel model = session.read(models);
            SampleFiles files = session.files(Part.VALIDATION, samples);
            SampleFiles.Table table = files.table(Set.of());
            session.score(session.plain(files, table), table.table(), null, model);
            ScoreWriting.write(
                    table.table(),
                    table.table()::total,
                    output,
                    layout,
                    config.descent().compat());
            return table.table().rows();
        }
    }

    /// One random effect without validation needs no table of samples: entities come, models go.
    private DescentResult stream(CoordinateSpec spec, Consumer<String> budget, Consumer<DescentStep> listener)
            throws IOException {
        budget.accept(session.budget());
        FeatureIndex index = session.index(spec);
        TrainingCounts counts;
        SampleFiles files = session.files(Part.TRAINING, null);
        try (AvroWriter writer = new ModelFolder(output).open(spec.name());
                EntitySource source = files.withScores(spec, index).open()) {
            counts = new RandomEffectTrainer(spec.trainer(config.threads()))
                    .train(
                            source,
                            _ -> null,
                            SampleScores.NONE,
                            model -> writer.write(ModelFolder.record(model, model.entity(), index, config.loss())
                                    .toAvro()));
            writer.finish();
        }
        DescentStep step = new DescentStep(1, spec.name(), counts, Map.of());
        listener.accept(step);
        return new DescentResult(MixedModel.EMPTY, List.of(step), 0, Doubles.NONE);
    }

    private DescentResult train(MixedModel old, Consumer<String> budget, Consumer<DescentStep> listener)
            throws IOException {
        SampleFiles training = session.files(Part.TRAINING, null);
        SampleFiles.Table table = training.table(Set.of());
        SampleFiles validation = config.data().validation() == null ? null : session.files(Part.VALIDATION, null);
        SampleFiles.Table held = validation == null ? null : validation.table(session.kinds());
        List<Coordinate> coordinates = session.prepared(training, table, validation, held);
        ScoreTable heldTable = held == null ? null : held.table();
        for (Coordinate coordinate : coordinates) { // room for all before the first is trained
            table.table().scoresOf(coordinate.name());
            if (heldTable != null) {
                heldTable.scoresOf(coordinate.name());
            }
        }
        budget.accept(session.budget());
        PenaltySearch.Outcome outcome =
                new PenaltySearch(config, coordinates, table.table(), heldTable).run(session.scaled(old), listener);
        DescentResult result = outcome.result();
        MixedModel model = session.original(result.model());
        DescentResult found = new DescentResult(model, result.steps(), result.best(), result.validation());
        switch (format.layout()) {
            case DLRM -> {
                ModelExport.write(session, model, output);
                writeScores(found, heldTable, output.resolve("validation_scores"));
            }
            case GDMIX -> {
                session.score(coordinates, table.table(), heldTable, result.model());
                GdmixOutput gdmix = new GdmixOutput(session, output, format);
                gdmix.write(found, training, table.table(), true);
                if (validation != null && heldTable != null) {
                    gdmix.write(found, validation, heldTable, false);
                }
            }
            case PHOTON -> {
                PhotonOutput photon = new PhotonOutput(session, output);
                photon.writeBest(model, outcome.trials().get(outcome.best()).weights());
                boolean all = format.models().isWritten(outcome.tuned());
                if (all) {
                    photon.writeTrials(outcome.trials());
                }
                if (all && format.groups() && validation != null && heldTable != null) {
                    photon.writeGroups(outcome.trials(), heldTable, validation);
                }
                for (CoordinateSpec spec : config.coordinates()) {
                    photon.writeSummary(spec, training.byEntity(spec, session.index(spec)));
                }
                writeScores(found, heldTable, output.resolve("scores"));
            }
        }
        return new DescentResult(model, result.steps(), result.best(), Doubles.NONE); // columns end with the session
    }

    private void writeScores(DescentResult result, @Nullable ScoreTable held, Path folder) throws IOException {
        if (held != null) {
            Path file = folder.resolve("part-00000.avro");
            ScoreWriting.write(
                    held,
                    row -> result.validation().get(row),
                    file,
                    format.layout(),
                    config.descent().compat());
        }
    }
}
