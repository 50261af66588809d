package io.dlrm4j.effects.format.gdmix;

import io.dlrm4j.core.data.DataException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Where GDMix keeps what belongs to one effect. Where its README and its code differ, the code's name is written and
/// both are read.
///
/// @param root `INPUT/EFFECT` or `OUTPUT/EFFECT`
public record GdmixFolders(Path root) {
    /// @param bag the feature bag
    public Path featureList(String bag) {
        return inside("featureList").resolve(requireName(bag));
    }

    /// @return the metadata of the input
    public Path metadata() {
        return inside("metadata/tensor_metadata.json");
    }

    /// @return the folder of training samples
    public Path trainingData() {
        return inside("trainingData");
    }

    /// @return the folder of validation samples
    public Path validationData() {
        return inside("validationData");
    }

    /// @return the folder of a random effect's samples, grouped by entity, cut into partitions
    public Path partition() {
        return inside("partition");
    }

    /// @param active whether samples that are trained on are meant, or those that are scored alone
    public Path partitionedTraining(boolean active, int partition) {
        return partition()
                .resolve("trainingData/%s/partitionId=%d".formatted(active ? "active" : "passive", partition));
    }

    /// @return the folder of a partition's validation samples
    public Path partitionedValidation(int partition) {
        return partition().resolve("validationData/partitionId=%d".formatted(partition));
    }

    /// @return the metadata of the partitioned samples
    public Path partitionedMetadata() {
        return partition().resolve("metadata/tensor_metadata.json");
    }

    /// @return the list of partitions that hold anything
    public Path partitionList() {
        return partition().resolve("partitionList.txt");
    }

    /// @return the folder of models
    public Path models() {
        return inside("models");
    }

    /// @param partition 0 for a fixed effect
    /// @return where the models of a partition are written
    public Path model(int partition) {
        return models().resolve("part-%05d.avro".formatted(partition));
    }

    /// @return the fixed effect's model, as the code or as the README names it
    /// @throws DataException when neither is there
    public Path fixedModel() {
        return either(model(0), models().resolve("global_model.avro"));
    }

    /// @return where the scores of the training samples are written
    public Path trainingScores() {
        return inside("training_scores");
    }

    /// @return the scores of the training samples, as the code or as the README names them
    /// @throws DataException when neither is there
    public Path trainingScoresThere() {
        return either(trainingScores(), inside("train_scores"));
    }

    /// @return the folder of the validation samples' scores
    public Path validationScores() {
        return inside("validation_scores");
    }

    /// @param scores [#trainingScores] or [#validationScores]
    /// @param task number of the process that scores
    /// @param kind `-active` or `-passive` for training samples, empty for others
    public static Path scoresOf(Path scores, int partition, int task, String kind) {
        return scores.resolve("partitionId=%d/part-%05d%s.avro".formatted(partition, task, kind));
    }

    /// @return the metric's file
    public Path evalSummary() {
        return inside("metric/evalSummary.json");
    }

    private Path inside(String name) {
        return root.resolve(name);
    }

    private static Path either(Path written, Path alsoRead) {
        if (Files.exists(written)) {
            return written;
        }
        if (Files.exists(alsoRead)) {
            return alsoRead;
        }
        throw new DataException("%s: not there, and neither is %s".formatted(written, alsoRead.getFileName()));
    }

    private static String requireName(String bag) {
        if (bag.isEmpty() || bag.contains("/") || bag.contains("\\") || bag.equals("..") || bag.equals(".")) {
            throw new DataException("feature bag \"%s\": want a name without slashes".formatted(bag));
        }
        return bag;
    }
}
