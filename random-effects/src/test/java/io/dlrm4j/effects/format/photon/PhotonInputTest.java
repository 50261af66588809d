package io.dlrm4j.effects.format.photon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.MixedEffectsData;
import io.dlrm4j.effects.format.NewFile;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.SampleReader;
import io.dlrm4j.effects.format.avro.AvroReader;
import io.dlrm4j.effects.format.avro.AvroSamples;
import io.dlrm4j.effects.format.avro.AvroSchemas;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhotonInputTest {
    private static final List<String> FEATURES = List.of("features");

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"heart, 250", "heart_validation, 20"})
    void heartIsTheSameAsTextAndAsAvro(String name, int least) throws IOException {
        FeatureIndex index = new FeatureIndex();
        Sample text = new Sample();
        Sample avro = new Sample();
        int count = 0;
        try (SampleReader first =
                        LibSvmSamples.open(MixedEffectsData.path("photon-ml/" + name + ".txt"), index, true, 0);
                SampleReader second = AvroSamples.open(
                        MixedEffectsData.path("photon-ml/" + name + ".avro"), labelled(""), index, 0)) {
            while (first.next(text)) {
                assertThat(second.next(avro)).isTrue();
                assertThat(avro.uid()).isEqualTo(text.uid());
                assertThat(avro.label()).isEqualTo(text.label());
                assertThat(avro.weight()).isEqualTo(1);
                assertThat(avro.features()).isEqualTo(text.features());
                assertThat(Arrays.copyOf(avro.values(), 13)).isEqualTo(Arrays.copyOf(text.values(), 13));
                assertThat(Arrays.copyOf(avro.indices(), 13)).isEqualTo(Arrays.copyOf(text.indices(), 13));
                count++;
            }
            assertThat(second.next(avro)).isFalse();
        }
        assertThat(index.size()).isEqualTo(13);
        assertThat(count).isGreaterThanOrEqualTo(least);
    }

    private static SampleColumns labelled(String uid) {
        return new SampleColumns(uid, "label", "weight", "offset", "", FEATURES);
    }

    @ParameterizedTest
    @CsvSource({"linear_regression_val, label", "poisson_test, response"})
    void regressionsAreRead(String name, String label) throws IOException {
        SampleColumns columns = new SampleColumns("", label, "weight", "offset", "", FEATURES);
        Sample sample = new Sample();
        int count = 0;
        Path file = MixedEffectsData.path("photon-ml/" + name + ".avro");
        try (SampleReader in = AvroSamples.open(file, columns, new FeatureIndex(), 0)) {
            while (in.next(sample)) {
                assertThat(sample.features()).isPositive();
                assertThat(sample.uid()).isEqualTo(count++);
            }
        }
        assertThat(count).isPositive();
    }

    @Test
    void samplesWithoutFeaturesAreRead() throws IOException {
        Sample sample = new Sample();
        int count = 0;
        try (SampleReader in =
                AvroSamples.open(MixedEffectsData.path("photon-ml/empty.avro"), labelled(""), new FeatureIndex(), 0)) {
            while (in.next(sample)) {
                assertThat(sample.features()).isZero();
                count++;
            }
        }
        assertThat(count).isEqualTo(250);
    }

    @Test
    void otherColumnNamesAreNeededAndTaken() throws IOException {
        Path file = MixedEffectsData.path("photon-ml/different-column-names/diff-col-names.avro");
        assertThatThrownBy(() -> AvroSamples.open(file, SampleColumns.usual("", FEATURES), new FeatureIndex(), 0))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "%s: no field response for the label; its fields are uid, the_label, features, metadata, w, intercept: "
                                + "name the one that is meant",
                        file);

        SampleColumns columns = PhotonInput.columns("response:the_label|weight:w|offset:intercept", "", FEATURES);
        Sample sample = new Sample();
        try (SampleReader in = AvroSamples.open(
                file,
                new SampleColumns("", columns.label(), columns.weight(), columns.offset(), "", FEATURES),
                new FeatureIndex(),
                0)) {
            assertThat(in.next(sample)).isTrue();
            assertThat(sample.features()).isEqualTo(13);
        }
        assertThatThrownBy(() -> PhotonInput.columns("label:x", "", FEATURES))
                .hasMessage("input-column-names: \"label:x\", want one of uid, response, offset, weight, metadataMap");
    }

    @Test
    void badWeightsAreToldFromZeroWeights() throws IOException {
        Path negative = MixedEffectsData.path("photon-ml/bad-weights/negative-weights.avro");
        try (SampleReader in = AvroSamples.open(negative, labelled(""), new FeatureIndex(), 0)) {
            assertThatThrownBy(() -> {
                        Sample sample = new Sample();
                        while (in.next(sample)) {
                            assertThat(sample.weight()).isNotNegative();
                        }
                    })
                    .isInstanceOf(DataException.class)
                    .hasMessageMatching("\\Q" + negative
                            + "\\E: record (\\d+), block at byte \\d+: uid \\1: "
                            + "weight=-[0-9.]+, want 0 or more; leave the sample out or mend it");
        }
        Sample sample = new Sample();
        int zeros = 0;
        try (SampleReader in = AvroSamples.open(
                MixedEffectsData.path("photon-ml/bad-weights/zero-weights.avro"),
                labelled(""),
                new FeatureIndex(),
                0)) {
            while (in.next(sample)) {
                zeros += sample.weight() == 0 ? 1 : 0;
            }
        }
        assertThat(zeros).isPositive();
    }

    @Test
    void bagsAreTextAndPalDbIsRefused() throws IOException {
        FeatureIndex index = new FeatureIndex();
        PhotonInput.readBags(MixedEffectsData.path("photon-ml/bad-weights/feature-lists"), List.of("features"), index);
        assertThat(index.size()).isEqualTo(13);
        index.add("genre", "sci fi");
        PhotonInput.writeBag(folder, "mine", index);
        FeatureIndex read = new FeatureIndex();
        PhotonInput.readBags(folder, List.of("mine"), read);
        assertThat(read.size()).isEqualTo(14);
        assertThat(read.term(13)).isEqualTo("sci fi");
        assertThatThrownBy(() -> PhotonInput.readBags(folder, List.of("../x"), read))
                .hasMessageContaining("../x");

        PhotonInput.refusePalDb(folder);
        Path store = folder.resolve("paldb-partition-global-0.dat");
        NewFile.write(store, "");
        assertThatThrownBy(() -> PhotonInput.refusePalDb(folder))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(store + ": an index store of PalDB, which is not read and not needed")
                .hasMessageEndingWith("leave feature_bags out, or give bags as text");
    }

    @Test
    void daysAreFolders() throws IOException {
        NewFile.write(folder.resolve("2016/02/29/part-0.avro"), "");
        NewFile.write(folder.resolve("2016/03/02/part-0.avro"), "");
        assertThat(PhotonInput.days(folder, LocalDate.of(2016, 2, 28), LocalDate.of(2016, 3, 2)))
                .containsExactly(folder.resolve("2016/02/29"), folder.resolve("2016/03/02"));
        assertThatThrownBy(() -> PhotonInput.days(folder, LocalDate.of(2017, 1, 1), LocalDate.of(2017, 1, 2)))
                .isInstanceOf(DataException.class);
    }

    @Test
    void textFaultsNameTheLine() throws IOException {
        Path file = folder.resolve("bad.txt");
        NewFile.write(file, "# heart\n+1 1:2.5 # comment\n\n-1 1:x\n");
        Sample sample = new Sample();
        try (SampleReader in = LibSvmSamples.open(file, new FeatureIndex(), true, 5)) {
            assertThat(in.next(sample)).isTrue();
            assertThat(sample.uid()).isEqualTo(5);
            assertThatThrownBy(() -> in.next(sample)).hasMessage("%s: line 4: \"x\", want a number", file);
        }
    }

    @Test
    void scoresAreReadBack() throws IOException {
        Path file = folder.resolve("scores/part-00000.avro");
        var full = new PhotonScores.Row("9", 1, "best", -0.125, 2, Map.of("userId", "u1"));
        var bare = new PhotonScores.Row("", Double.NaN, "N/A", 3, Double.NaN, Map.of());
        try (PhotonScores.Writer out = new PhotonScores.Writer(file)) {
            out.write(full);
            out.write(bare);
            out.finish();
        }
        try (AvroReader in = AvroReader.open(file)) {
            assertThat(in.schema()).isEqualTo(AvroSchemas.SCORING_RESULT);
            assertThat(in.next()).hasToString("""
                    {"uid": "9", "label": 1.0, "modelId": "best", "predictionScore": -0.125, "weight": 2.0, \
                    "metadataMap": {"userId": "u1"}}""");
            assertThat(in.next()).hasToString("""
                    {"uid": null, "label": null, "modelId": "N/A", "predictionScore": 3.0, "weight": null, \
                    "metadataMap": null}""");
            assertThat(in.next()).isNull();
        }
    }
}
