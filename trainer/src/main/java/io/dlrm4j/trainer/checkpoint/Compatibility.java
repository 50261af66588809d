package io.dlrm4j.trainer.checkpoint;

import com.google.protobuf.InvalidProtocolBufferException;
import io.dlrm4j.core.config.DataConfig;
import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.trainer.manifest.CheckpointManifest;
import io.dlrm4j.trainer.manifest.ModelShape;
import java.util.ArrayList;
import java.util.List;

/// Says what keeps a checkpoint and a job apart.
final class Compatibility {
    private final List<String> differences = new ArrayList<>();
    private final String one;
    private final String other;

    /// @param one whose value comes first, as printed
    /// @param other whose comes second
    private Compatibility(String one, String other) {
        this.one = one;
        this.other = other;
    }

    private static Compatibility ofCheckpointAndJob() {
        return new Compatibility("checkpoint", "job");
    }

    static ModelShape shape(Contents contents) {
        DlrmShape shape = contents.shape();
        OptimizerKind tableRule = contents.tableRule().kind();
        OptimizerKind mlpRule = contents.mlpRule().kind();
        return ModelShape.newBuilder()
                .setEmbeddingDim(shape.embeddingDim())
                .addAllBottom(shape.bottom())
                .addAllTop(shape.top())
                .addAllTables(shape.tables())
                .setInteraction(shape.interaction().name())
                .setInteractionItself(shape.interactionItself())
                .setLoss(shape.loss().name())
                .setTableRule(tableRule.name())
                .setMlpRule(mlpRule.name())
                .build();
    }

    /// @return the sizes a manifest tells
    /// @throws IllegalArgumentException when no model has them
    static DlrmShape shape(ModelShape saved) {
        return new DlrmShape(
                saved.getEmbeddingDim(),
                saved.getBottomList(),
                saved.getTopList(),
                saved.getTablesList(),
                InteractionKind.valueOf(saved.getInteraction()),
                saved.getInteractionItself(),
                LossKind.valueOf(saved.getLoss()));
    }

    /// @throws CheckpointException when the job's model or its update rules differ, listing every difference
    static void requireSameModel(String folder, ModelShape saved, ModelShape job) {
        Compatibility check = ofCheckpointAndJob();
        check.models(saved, job);
        check.refuse(folder, "the checkpoint holds another model; change the configuration or checkpoint.path");
    }

    private void models(ModelShape saved, ModelShape job) {
        compare("model.embedding_dim", saved.getEmbeddingDim(), job.getEmbeddingDim());
        compare("model.bottom", saved.getBottomList(), job.getBottomList());
        compare("top MLP", saved.getTopList(), job.getTopList());
        compare("number of tables", saved.getTablesCount(), job.getTablesCount());
        for (int t = 0; t < Math.min(saved.getTablesCount(), job.getTablesCount()); t++) {
            compare("rows of table " + t, saved.getTables(t), job.getTables(t));
        }
        compare("model.interaction", saved.getInteraction(), job.getInteraction());
        compare("model.interaction_itself", saved.getInteractionItself(), job.getInteractionItself());
        compare("model.loss", saved.getLoss(), job.getLoss());
        compare("optimizer.tables", saved.getTableRule(), job.getTableRule());
        compare("optimizer.mlps", saved.getMlpRule(), job.getMlpRule());
    }

    /// @return what tells two checkpoints' models apart, a line each
    static List<String> differences(ModelShape one, ModelShape other) {
        Compatibility check = new Compatibility("first", "second");
        check.models(one, other);
        return check.differences;
    }

    /// @throws CheckpointException when the position within the data would mean another sample
    static void requireSameData(String folder, CheckpointManifest manifest, DataConfig job, long samples) {
        Compatibility check = ofCheckpointAndJob();
        DataConfig saved = config(folder, manifest).getData();
        check.compare("training samples", manifest.getPosition().getSamples(), samples);
        check.compare("data.batch_size", saved.getBatchSize(), job.getBatchSize());
        check.compare("data.drop_last", saved.getDropLast(), job.getDropLast());
        check.compare("data.shuffle", saved.getShuffle(), job.getShuffle());
        check.compare("data.shuffle_seed", saved.getShuffleSeed(), job.getShuffleSeed());
        check.refuse(folder, "the checkpoint stopped in other data; change the configuration or checkpoint.path");
    }

    /// @return the configuration of the job that wrote the checkpoint
    static JobConfig config(String folder, CheckpointManifest manifest) {
        try {
            return JobConfig.parseFrom(manifest.getConfig());
        } catch (InvalidProtocolBufferException e) {
            throw new CheckpointException(folder + ": its configuration cannot be read: " + e.getMessage(), e);
        }
    }

    private void compare(String what, Object saved, Object job) {
        if (!saved.equals(job)) {
            differences.add("%s: %s %s, %s %s".formatted(what, one, saved, other, job));
        }
    }

    private void refuse(String folder, String advice) {
        if (!differences.isEmpty()) {
            throw new CheckpointException(folder + ": " + advice + ":\n  " + String.join("\n  ", differences));
        }
    }
}
