package io.dlrm4j.effects.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.MixedEffectsData;
import io.dlrm4j.effects.format.gdmix.EffectConfig;
import io.dlrm4j.effects.format.gdmix.FeatureList;
import io.dlrm4j.effects.format.gdmix.Partitions;
import io.dlrm4j.effects.format.gdmix.TensorMetadata;
import io.dlrm4j.effects.format.photon.PhotonInput;
import io.dlrm4j.effects.format.photon.PhotonModel;
import io.dlrm4j.effects.job.EffectsConfig.Format;
import io.dlrm4j.effects.job.EffectsConfig.Reading;
import io.dlrm4j.effects.job.EffectsConfig.Source;
import io.dlrm4j.effects.solve.Loss;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// Every sample input of GDMix, gdmix-data, Photon-ML and Lambda Learner, read as the commands read it, or refused.
/// Lambda Learner's models are read by `LambdaFilesTest`.
class SampleInputsTest {
    private static final String LAMBDA = "lambda-learner/movie-lense-";
    private static final String GROUPED = "gdmix/grouped_per_member_train/";

    /// Files that are no samples and are refused, with what is said.
    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry("gdmix/metadata/duplicated_names.json", "occurs twice"),
            Map.entry("gdmix/metadata/invalid_name.json", "want a text"),
            Map.entry("gdmix/metadata/invalid_shape.json", "shape="),
            Map.entry("gdmix/metadata/invalid_type.json", "dtype="),
            Map.entry("gdmix-data/metadata/ExpectedPerItemFeatureList.txt", "stands in line 1 already"),
            Map.entry("gdmix-data/configs/ConfigWithTwoFixedEffects.json", "memberId is not among the columns"),
            Map.entry("gdmix-data/configs/EntityNotInColumns.json", "is not among the columns"),
            Map.entry("gdmix-data/configs/LabelNotInColumns.json", "lable is not among the columns"));

    /// @param file of samples
    /// @param metadata of TFRecords, or null
    /// @param list of features, or null
    /// @param columns uid, label, entity
    /// @param features bags
    /// @param rows how many samples, or -1 where it is refused
    /// @param said why
    record Case(
            String file,
            @Nullable String metadata,
            @Nullable String list,
            String columns,
            List<String> features,
            Loss loss,
            int rows,
            String said) {
        static Case read(String file, String columns, List<String> features, Loss loss, int rows) {
            return new Case(file, null, null, columns, features, loss, rows, "");
        }

        static Case read(
                String file, @Nullable String metadata, @Nullable String list, String columns, String bag, int rows) {
            List<String> bags = bag.isEmpty() ? List.of() : List.of(bag);
            return new Case(file, metadata, list, columns, bags, Loss.LOGISTIC, rows, "");
        }

        Case refused(String why) {
            return new Case(file, metadata, list, columns, features, loss, -1, why);
        }

        @Override
        public String toString() {
            return file + " " + columns;
        }
    }

    private static final List<String> FEATURES = List.of("features");
    private static final List<Case> CASES = List.of(
            Case.read("photon-ml/heart.txt", "|label|", List.of(), Loss.LOGISTIC, 250),
            Case.read("photon-ml/heart.avro", "|label|", FEATURES, Loss.LOGISTIC, 250),
            Case.read("photon-ml/heart_validation.txt", "|label|", List.of(), Loss.LOGISTIC, 20),
            Case.read("photon-ml/heart_validation.avro", "|label|", FEATURES, Loss.LOGISTIC, 20),
            Case.read("photon-ml/heart.avro", "uid|label|", FEATURES, Loss.LOGISTIC, 0)
                    .refused("field uid: null, want a whole number; name no uid column to have samples numbered"),
            Case.read("photon-ml/poisson_test.avro", "|response|", FEATURES, Loss.POISSON, 0),
            Case.read("photon-ml/linear_regression_val.avro", "|label|", FEATURES, Loss.SQUARED, 0),
            Case.read("photon-ml/empty.avro", "|label|", FEATURES, Loss.LOGISTIC, 250),
            Case.read(
                    "photon-ml/different-column-names/diff-col-names.avro",
                    "|the_label|",
                    FEATURES,
                    Loss.LOGISTIC,
                    250),
            Case.read("photon-ml/different-column-names/diff-col-names.avro", "|response|", FEATURES, Loss.LOGISTIC, 0)
                    .refused("no field response for the label; its fields are uid, the_label, features, metadata"),
            Case.read("photon-ml/bad-weights/zero-weights.avro", "|label|", FEATURES, Loss.LOGISTIC, 250),
            Case.read("photon-ml/bad-weights/negative-weights.avro", "|label|", FEATURES, Loss.LOGISTIC, 0)
                    .refused("want 0 or more; leave the sample out or mend it"),
            gdmixData("ExpectedGlobalTrainData", "Global", "", "global"),
            gdmixData("ExpectedGlobalValidData", "Global", "", "global"),
            gdmixData("ExpectedPerMemberTrainData", "PerMember", "memberId", "perMember"),
            gdmixData("ExpectedPerMemberValidData", "PerMember", "memberId", "perMember"),
            gdmixData("ExpectedPerItemTrainData", "PerItem", "itemId", "perItem")
                    .refused("stands in line 1 already"),
            gdmixData("ExpectedPerItemValidData", "PerItem", "itemId", "perItem")
                    .refused("stands in line 1 already"),
            Case.read("gdmix-data/data/TrainData.avro", null, null, "|response|memberId", "perMember", 0),
            Case.read("gdmix-data/data/TrainData.avro", null, null, "|response|itemId", "perItem", 0),
            Case.read(
                    "gdmix/fe_lbfgs/training_data/test.tfrecord",
                    "gdmix/fe_lbfgs/metadata/tensor_metadata.json",
                    "gdmix/fe_lbfgs/featureList/global",
                    "uid|response|",
                    "global",
                    0),
            Case.read("gdmix/fe_lbfgs/training_data/test.tfrecord", null, null, "uid|response|", "global", 0)
                    .refused("TFRecords, want their metadata: coordinates.metadata"),
            Case.read(
                    GROUPED + "data.tfrecord",
                    GROUPED + "data.json",
                    GROUPED + "fake_feature_file.csv",
                    "uid|response|memberId",
                    "per_member",
                    3),
            Case.read(
                    GROUPED + "data.tfrecord",
                    GROUPED + "data_with_string_entity_id.json",
                    GROUPED + "fake_feature_file.csv",
                    "uid|response|memberId",
                    "per_member",
                    3),
            Case.read(
                    GROUPED + "data.tfrecord",
                    GROUPED + "data_intercept_only.json",
                    null,
                    "uid|response|memberId",
                    "",
                    3),
            Case.read(
                            GROUPED + "data.tfrecord",
                            GROUPED + "dataset_1.json",
                            GROUPED + "dataset_1_feature_file.csv",
                            "uid|response|memberId",
                            "per_member",
                            0)
                    .refused("record 0 at byte 0: column per_member: feature 7, want 0 to 2"),
            Case.read(
                            "gdmix/train/dataset/tfrecord/test.tfrecord",
                            "gdmix/metadata/tensor_metadata.json",
                            null,
                            "|label|",
                            "",
                            0)
                    .refused("column label: 3 values, want one"),
            Case.read(
                    "gdmix/validate/data.avro", null, "gdmix/metadata/features.txt", "uid|label|memberId", "global", 0),
            Case.read("gdmix/member_ids.avro", null, null, "|response|", "", 0)
                    .refused("no field response for the label"),
            lambda("training-data-u359", 1146),
            lambda("test-data-u359", 154),
            lambda("initital-fixed-effect-model", 0).refused("line 1: 1 fields, want 2 or more: time, label and"),
            lambda("final-model-u359", 0).refused("line 1: 1 fields, want 2 or more: time, label and"));

    private static Case gdmixData(String file, String effect, String entity, String bag) {
        return Case.read(
                "gdmix-data/data/" + file + ".avro",
                null,
                "gdmix-data/metadata/Expected" + effect + "FeatureList.txt",
                "uid|response|" + entity,
                bag,
                0);
    }

    private static Case lambda(String file, int rows) {
        return Case.read(LAMBDA + file, "|label|", List.of(), Loss.SQUARED, rows);
    }

    @TempDir
    Path folder;

    @ParameterizedTest
    @FieldSource("CASES")
    void isReadOrRefused(Case one) throws IOException {
        String[] columns = one.columns.split("\\|", -1);
        Path file = MixedEffectsData.path(one.file);
        Reading reading = one.file.startsWith(LAMBDA) ? new Reading(Format.LAMBDA, "", "", null) : Reading.BY_NAME;
        EffectsConfig.Data data =
                new EffectsConfig.Data(file, null, List.of(), columns[0], columns[1], "weight", "offset", reading);
        Source source = new Source(
                null,
                null,
                one.metadata == null ? null : MixedEffectsData.path(one.metadata),
                one.list == null ? null : MixedEffectsData.path(one.list));
        EffectsConfig.CoordinateSpec spec = new EffectsConfig.CoordinateSpec(
                "one",
                columns[2],
                one.features,
                SolverSettings.LOGISTIC.withLoss(one.loss),
                ActiveSamples.ALL,
                0,
                0,
                new EffectsConfig.Preparation(source, Normalization.NONE, 1));
        EffectsConfig config = new EffectsConfig(
                data, List.of(spec), new EffectsConfig.Descent(1, Set.of(), List.of(), Compat.NONE), null, 1);
        if (one.said.isEmpty()) {
            long rows = GdmixExport.run(config, folder.resolve("out"));
            assertThat(rows).isPositive();
            assertThat(one.rows == 0 ? rows : one.rows).isEqualTo(rows);
        } else {
            assertThatThrownBy(() -> GdmixExport.run(config, folder.resolve("out")))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining(one.said)
                    .hasMessageContaining(one.said.startsWith("stands in") ? "FeatureList.txt" : file.toString());
        }
    }

    /// Whatever is no sample is metadata, a configuration, a list of features or a model, and is read or refused too.
    @Test
    void noneIsForgotten() throws IOException {
        Path root = MixedEffectsData.path("");
        Set<String> others = new TreeSet<>();
        try (Stream<Path> files = Files.walk(root)) {
            files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .filter(name -> !name.endsWith("README.md"))
                    .forEach(others::add);
        }
        CASES.forEach(one -> others.remove(one.file));
        assertThat(others).hasSizeGreaterThan(30).containsAll(REFUSED.keySet());
        for (String name : others) {
            String said = REFUSED.get(name);
            if (said == null) {
                read(root.resolve(name), name);
            } else {
                assertThatThrownBy(() -> read(root.resolve(name), name))
                        .as(name)
                        .isInstanceOf(DataException.class)
                        .hasMessageStartingWith(root.resolve(name).toString())
                        .hasMessageContaining(said);
            }
        }
    }

    private static void read(Path file, String name) throws IOException {
        if (name.startsWith("photon-ml/game-model/")) {
            PhotonModel model = PhotonModel.read(MixedEffectsData.path("photon-ml/game-model"));
            assertThat(model.coordinates()).hasSize(3);
        } else if (name.startsWith("gdmix-data/configs/")) {
            assertThat(EffectConfig.read(file)).isNotEmpty();
        } else if (name.endsWith(".json")) {
            assertThat(TensorMetadata.read(file).features()).isNotEmpty();
        } else if (name.endsWith("partition_list.txt")) {
            assertThat(Partitions.readList(file)).hasSize(10);
        } else if (name.startsWith("photon-ml/")) {
            FeatureIndex index = new FeatureIndex();
            PhotonInput.readBags(file.resolveSibling("."), List.of("features"), index);
            assertThat(index.size()).isEqualTo(13);
        } else {
            assertThat(FeatureList.read(file).index().size()).isPositive();
        }
    }

    @Test
    void formatsAreToldWhereNamesDoNot() throws IOException {
        Path heart = MixedEffectsData.path("photon-ml/heart.txt");
        Path copy = Files.copy(heart, folder.resolve("heart"));
        EffectsConfig.Data data = new EffectsConfig.Data(
                copy, null, List.of(), "", "label", "", "", new Reading(Format.LIBSVM, "", "", null));
        EffectsConfig.CoordinateSpec spec = new EffectsConfig.CoordinateSpec(
                "one", "", List.of(), SolverSettings.LOGISTIC, ActiveSamples.ALL, 0, 0);
        EffectsConfig config = new EffectsConfig(
                data, List.of(spec), new EffectsConfig.Descent(1, Set.of(), List.of(), Compat.NONE), null, 1);
        assertThat(GdmixExport.run(config, folder.resolve("out"))).isEqualTo(250);
        assertThat(folder.resolve("out/one/featureList/one")).content().hasLineCount(13);
        EffectsConfig unsaid = new EffectsConfig(
                new EffectsConfig.Data(copy, null, List.of(), "", "label", "", "", Reading.BY_NAME),
                List.of(spec),
                config.descent(),
                null,
                1);
        assertThatThrownBy(() -> GdmixExport.run(unsaid, folder.resolve("none")))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "%s: its name does not tell its format; say data.format: table, avro, json, libsvm, "
                                + "lambda, tfrecord or gdmix",
                        copy);
    }
}
