package io.dlrm4j.trainer.checkpoint;

import com.google.protobuf.InvalidProtocolBufferException;
import io.dlrm4j.core.config.DataConfig;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.trainer.manifest.CheckpointManifest;
import io.dlrm4j.trainer.manifest.ModelShape;
import java.util.ArrayList;
import java.util.List;

/// Says what keeps a checkpoint and a job apart.
final class Compatibility {
    private final List<String> differences = new ArrayList<>();

    private Compatibility() {}

    static ModelShape shape(DlrmShape shape, OptimizerKind tableRule, OptimizerKind mlpRule) {
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

    /// @throws CheckpointException when the job's model or its update rules differ, listing every difference
    static void requireSameModel(String folder, ModelShape saved, ModelShape job) {
        Compatibility check = new Compatibility();
        check.compare("model.embedding_dim", saved.getEmbeddingDim(), job.getEmbeddingDim());
        check.compare("model.bottom", saved.getBottomList(), job.getBottomList());
        check.compare("top MLP", saved.getTopList(), job.getTopList());
        check.compare("number of tables", saved.getTablesCount(), job.getTablesCount());
        for (int t = 0; t < Math.min(saved.getTablesCount(), job.getTablesCount()); t++) {
            check.compare("rows of table " + t, saved.getTables(t), job.getTables(t));
        }
        check.compare("model.interaction", saved.getInteraction(), job.getInteraction());
        check.compare("model.interaction_itself", saved.getInteractionItself(), job.getInteractionItself());
        check.compare("model.loss", saved.getLoss(), job.getLoss());
        check.compare("optimizer.tables", saved.getTableRule(), job.getTableRule());
        check.compare("optimizer.mlps", saved.getMlpRule(), job.getMlpRule());
        check.refuse(folder, "the checkpoint holds another model; change the configuration or checkpoint.path");
    }

    /// @throws CheckpointException when the position within the data would mean another sample
    static void requireSameData(String folder, CheckpointManifest manifest, DataConfig job, long samples) {
        Compatibility check = new Compatibility();
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
            differences.add("\n  %s: checkpoint %s, job %s".formatted(what, saved, job));
        }
    }

    private void refuse(String folder, String advice) {
        if (!differences.isEmpty()) {
            throw new CheckpointException(folder + ": " + advice + ":" + String.join("", differences));
        }
    }
}
