package io.dlrm4j.effects.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.descent.DescentResult;
import io.dlrm4j.effects.format.NewFile;
import io.dlrm4j.effects.format.avro.AvroSchemas;
import io.dlrm4j.effects.format.avro.AvroWriter;
import io.dlrm4j.effects.format.avro.SideRecords;
import io.dlrm4j.effects.format.photon.PhotonModelWriter;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.solve.Loss;
import io.dlrm4j.effects.solve.Regularization;
import io.dlrm4j.effects.solve.SolverSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/// The best models as Photon leaves them, in `ROOT/best`, and in `ROOT/summary/<shard>` what the training samples have
/// of each feature. A coordinate's feature shard has the coordinate's name.
final class PhotonOutput {
    private final EffectsConfig config;
    private final Path root;
    private final Path best;

    PhotonOutput(EffectsConfig config, Path root) {
        this.config = config;
        this.root = root;
        this.best = root.resolve("best");
    }

    /// @param result with models of samples as they come
    /// @param indices the names of a coordinate's features
    void write(DescentResult result, Function<CoordinateSpec, FeatureIndex> indices) throws IOException {
        Compat compat = config.descent().compat();
        double threshold = compat == Compat.PHOTON ? PhotonModelWriter.DEFAULT_THRESHOLD : 0;
        PhotonModelWriter writer = new PhotonModelWriter(best, threshold, compat);
        Map<String, JsonNode> configurations = new LinkedHashMap<>();
        StringBuilder spec = new StringBuilder();
        for (CoordinateSpec one : config.coordinates()) {
            Map<String, EntityModel> models = result.model().coordinates().getOrDefault(one.name(), Map.of());
            FeatureIndex index = indices.apply(one);
            if (one.isRandom()) {
                try (PhotonModelWriter.Models out = writer.openRandom(one.name(), one.entity(), one.name(), 0)) {
                    for (EntityModel model : models.values()) {
                        out.write(ModelFolder.record(model, model.entity(), index, config.loss()));
                    }
                    out.finish();
                }
            } else {
                for (EntityModel model : models.values()) {
                    writer.writeFixed(
                            one.name(), one.name(), ModelFolder.record(model, one.name(), index, config.loss()));
                }
            }
            ObjectNode configuration = configuration(one);
            configurations.put(one.name(), configuration);
            spec.append(one.name()).append(" -> ").append(configuration).append('\n');
        }
        writer.writeMetadata(task(config.loss()), configurations);
        NewFile.write(best.resolve("model-spec"), spec.toString());
    }

    /// @param samples of the coordinate, as they come
    void writeSummary(CoordinateSpec spec, FeatureIndex index, EntitySource.Repeatable samples) throws IOException {
        FeatureStatistics statistics = FeatureStatistics.measure(samples);
        Path folder = ModelFolder.inside(root.resolve("summary"), spec.name());
        try (AvroWriter writer = AvroWriter.open(folder.resolve("part-00000.avro"), AvroSchemas.FEATURE_SUMMARY)) {
            for (int i = 0; i < index.size(); i++) {
                writer.write(
                        new SideRecords.FeatureSummary(index.name(i), index.term(i), statistics.metrics(i)).toAvro());
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

    private static ObjectNode configuration(CoordinateSpec spec) {
        SolverSettings solver = spec.solver();
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
        tree.put("downSamplingRate", spec.preparation().downSampling());
        return tree;
    }
}
