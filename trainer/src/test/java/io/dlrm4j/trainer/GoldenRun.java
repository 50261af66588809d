package io.dlrm4j.trainer;

import com.fasterxml.jackson.databind.JsonNode;
import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.ModelConfig;
import io.dlrm4j.core.config.OptimizerConfig;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.Parameter;
import io.dlrm4j.testkit.GoldenCase;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.trainer.checkpoint.Contents;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// One run of the reference implementation as a job of this project.
///
/// @param recorded what was recorded
record GoldenRun(GoldenCase recorded) {
    private static final Path GOLDEN = Path.of(System.getProperty("golden.dir", "absent"));

    /// @return names of the recorded runs, or none where the folder is absent
    static List<String> names() {
        try {
            return GoldenCase.all(GOLDEN).stream().map(GoldenCase::name).toList();
        } catch (IOException e) {
            throw new IllegalStateException(GOLDEN.toString(), e);
        }
    }

    static GoldenRun open(String name) throws IOException {
        return new GoldenRun(GoldenCase.open(GOLDEN.resolve(name)));
    }

    /// @return the recorded run as a job
    JobConfig job(String engine) {
        JsonNode config = recorded.config();
        JobConfig.Builder job = JobConfig.newBuilder();
        ModelConfig.Builder model = job.getModelBuilder();
        model.setEmbeddingDim(config.get("embedding_dim").asInt());
        config.get("bottom").forEach(width -> model.addBottom(width.asInt()));
        for (int i = 1; i < config.get("top").size(); i++) {
            model.addTop(config.get("top").get(i).asInt());
        }
        config.get("tables").forEach(rows -> model.addTables(rows.asLong()));
        String interaction = config.path("interaction").asText("dot");
        model.setInteraction(InteractionKind.valueOf(interaction.toUpperCase(Locale.ROOT)));
        model.setInteractionItself(config.path("interaction_itself").asBoolean());
        OptimizerConfig.Builder optimizer = job.getOptimizerBuilder();
        optimizer.setLearningRate(recorded.learningRate());
        optimizer.setTables(recorded.tableRule().kind());
        optimizer.setMlps(recorded.denseRule().kind());
        job.getTrainBuilder().setEngine(engine);
        job.getCommBuilder().setBucketFloats(100); // several buckets, although the model is small
        return job.build();
    }

    /// @return samples of each step
    int[] batchSizes() {
        return recorded.batchSizes();
    }

    /// @return all samples in order
    RandomBatches source() throws IOException {
        return recorded.source();
    }

    /// Writes the recorded initial weights into a rank's part of the model.
    void initialize(Contents contents) throws IOException {
        for (Parameter parameter : contents.shape().denseParameters()) {
            float[] values = floats("init." + parameter.name());
            for (int i = 0; i < values.length; i++) {
                contents.dense().weights().set(parameter.offset() + i, values[i]);
            }
        }
        contents.dense().weightsChanged();
        try (OffHeap memory = OffHeap.unlimited("golden")) {
            for (Contents.Rows rows : contents.rows()) {
                Floats table = Floats.of(memory, "table", floats("init.emb.%d.weight".formatted(rows.table())));
                int dim = rows.part().dim();
                long count = rows.part().rows();
                rows.part().writeWeights(0, count, table.slice(rows.firstRow() * dim, count * dim));
            }
        }
    }

    float[] floats(String name) throws IOException {
        return recorded.floats(name);
    }
}
