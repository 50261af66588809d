package io.dlrm4j.effects.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.descent.MixedModel;
import io.dlrm4j.effects.descent.PenaltyChoice;
import io.dlrm4j.effects.descent.ScoreTable;
import io.dlrm4j.effects.descent.Tuning;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.format.NewFile;
import io.dlrm4j.effects.format.avro.AvroSchemas;
import io.dlrm4j.effects.format.avro.AvroWriter;
import io.dlrm4j.effects.format.avro.FeatureSummary;
import io.dlrm4j.effects.format.photon.PhotonGroups;
import io.dlrm4j.effects.format.photon.PhotonModelWriter;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.solve.Loss;
import io.dlrm4j.effects.solve.Regularization;
import io.dlrm4j.effects.solve.SolverSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What Photon leaves: the best models in `ROOT/best`, all of a path or a search in `ROOT/models/N`, their metrics of
/// each entity in `ROOT/group-eval/N`, and in `ROOT/summary/<shard>` what the training samples have of each feature. A
/// coordinate's feature shard has the coordinate's name.
final class PhotonOutput {
    private final EffectsSession session;
    private final EffectsConfig config;
    private final Path root;

    PhotonOutput(EffectsSession session, Path root) {
        this.session = session;
        this.config = session.config();
        this.root = root;
    }

    /// @param model of samples as they come
    /// @param penalties that a search chose, by coordinate
    void writeBest(MixedModel model, Map<String, Double> penalties) throws IOException {
        write(root.resolve("best"), model, penalties);
    }

    /// @param trials in the order tried, models as they were trained
    void writeTrials(List<Tuning.Trial> trials) throws IOException {
        for (int i = 0; i < trials.size(); i++) {
            Tuning.Trial trial = trials.get(i);
            MixedModel model = session.original(trial.result().model());
            write(root.resolve("models").resolve(String.valueOf(i)), model, trial.weights());
        }
    }

    /// @param held the validation samples, which all trials have scored
    void writeGroups(List<Tuning.Trial> trials, ScoreTable held, SampleFiles validation) throws IOException {
        for (Evaluator evaluator : config.descent().evaluators()) {
            if (!evaluator.entity().isEmpty()) {
                List<String> entities = validation.entities(evaluator.entity());
                for (int i = 0; i < trials.size(); i++) {
                    double[] values = evaluator.evaluateEach(
                            held.scored(trials.get(i).result().validation()));
                    Path folder = root.resolve("group-eval").resolve(String.valueOf(i));
                    PhotonGroups.write(folder, evaluator.metricName(), evaluator.entity(), entities, values);
                }
            }
        }
    }

    private void write(Path folder, MixedModel model, Map<String, Double> penalties) throws IOException {
        Compat compat = config.descent().compat();
        double threshold = compat == Compat.PHOTON ? PhotonModelWriter.DEFAULT_THRESHOLD : 0;
        PhotonModelWriter writer = new PhotonModelWriter(folder, threshold, compat);
        Map<String, JsonNode> configurations = new LinkedHashMap<>();
        StringBuilder spec = new StringBuilder();
        for (CoordinateSpec one : config.coordinates()) {
            Double penalty = penalties.get(one.name());
            if (penalty != null && penalty == PenaltyChoice.OFF) {
                continue; // is left out
            }
            Map<String, EntityModel> models = model.coordinates().getOrDefault(one.name(), Map.of());
            FeatureIndex index = session.index(one);
            if (one.isRandom()) {
                try (PhotonModelWriter.Models out = writer.openRandom(one.name(), one.entity(), one.name(), 0)) {
                    for (EntityModel entity : models.values()) {
                        out.write(ModelFolder.record(entity, entity.entity(), index, config.loss()));
                    }
                    out.finish();
                }
            } else {
                for (EntityModel fixed : models.values()) {
                    writer.writeFixed(
                            one.name(), one.name(), ModelFolder.record(fixed, one.name(), index, config.loss()));
                }
            }
            SolverSettings solver = penalty == null ? one.solver() : Tuning.withPenalty(one.solver(), penalty);
            ObjectNode configuration = configuration(solver, one.preparation().downSampling());
            configurations.put(one.name(), configuration);
            spec.append(one.name()).append(" -> ").append(configuration).append('\n');
        }
        writer.writeMetadata(task(config.loss()), configurations);
        NewFile.write(folder.resolve("model-spec"), spec.toString());
    }

    /// @param samples of the coordinate, as they come
    void writeSummary(CoordinateSpec spec, EntitySource.Repeatable samples) throws IOException {
        FeatureIndex index = session.index(spec);
        FeatureStatistics statistics = FeatureStatistics.measure(samples);
        Path folder = ModelFolder.inside(root.resolve("summary"), spec.name());
        try (AvroWriter writer = AvroWriter.open(folder.resolve("part-00000.avro"), AvroSchemas.FEATURE_SUMMARY)) {
            for (int i = 0; i < index.size(); i++) {
                writer.write(new FeatureSummary(index.name(i), index.term(i), statistics.metrics(i)).toAvro());
            }
            writer.finish();
        }
    }

    private static String task(Loss loss) {
        return switch (loss) {
            case LOGISTIC -> "LOGISTIC_REGRESSION";
            case SQUARED -> "LINEAR_REGRESSION";
            case POISSON -> "POISSON_REGRESSION";
            case SMOOTHED_HINGE -> "SMOOTHED_HINGE_LOSS_LINEAR_SVM";
        };
    }

    private static ObjectNode configuration(SolverSettings solver, double downSampling) {
        Regularization penalty = solver.regularization();
        double weight = penalty.l1() + penalty.l2();
        boolean both = penalty.l1() > 0 && penalty.l2() > 0;
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        tree.putObject("optimizerConfig")
                .put("optimizerType", "LBFGS")
                .put("maximumIterations", solver.stopping().iterations())
                .put("tolerance", solver.stopping().relativeGradient());
        ObjectNode context = tree.putObject("regularizationContext");
        context.put("regularizationType", weight == 0 ? "NONE" : both ? "ELASTIC_NET" : penalty.l1() > 0 ? "L1" : "L2");
        if (both) {
            context.put("elasticNetParam", penalty.l1() / weight);
        } else {
            context.putNull("elasticNetParam");
        }
        tree.put("regularizationWeight", weight);
        tree.put("downSamplingRate", downSampling);
        return tree;
    }
}
