package io.dlrm4j.effects.format.gdmix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.MixedEffectsData;
import io.dlrm4j.effects.format.NewFile;
import io.dlrm4j.effects.format.avro.AvroModels;
import io.dlrm4j.effects.format.avro.AvroWriter;
import io.dlrm4j.effects.format.avro.ModelRecord;
import io.dlrm4j.effects.format.avro.ModelRecord.Coefficient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GdmixFilesTest {
    @TempDir
    Path folder;

    @Test
    void featureListsAreRead() throws IOException {
        assertThat(FeatureList.read(MixedEffectsData.path("gdmix/metadata/features.txt"))
                        .features())
                .containsExactly(new FeatureList.NameTerm("global", ""), new FeatureList.NameTerm("tf_glmix", "bias"));
        FeatureList fake =
                FeatureList.read(MixedEffectsData.path("gdmix/grouped_per_member_train/fake_feature_file.csv"));
        assertThat(fake.index().size()).isEqualTo(100);
        FeatureList twice =
                FeatureList.read(MixedEffectsData.path("gdmix-data/metadata/ExpectedPerItemFeatureList.txt"));
        assertThat(twice.features()).hasSize(6);
        assertThatThrownBy(twice::index)
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "%s: line 2: perItem,1 stands in line 1 already; give each feature a name of its own",
                        twice.file());
    }

    @Test
    void awkwardNamesAreReadBack() throws IOException {
        FeatureIndex index = new FeatureIndex();
        index.add("a,b", "say \"x\"");
        index.add("", "t");
        index.add(" c ", "");
        Path file = folder.resolve("featureList/bag");
        FeatureList.write(file, index);
        FeatureIndex read = FeatureList.read(file).index();
        for (int i = 0; i < 3; i++) {
            assertThat(read.name(i)).isEqualTo(index.name(i));
            assertThat(read.term(i)).isEqualTo(index.term(i));
        }
        NewFile.write(file, "a,b\nc\n");
        assertThatThrownBy(() -> FeatureList.read(file)).hasMessage("%s: line 2: 1 fields, want name,term: c", file);
    }

    @ParameterizedTest
    @EnumSource(
            value = Compat.class,
            names = {"NONE", "GDMIX"})
    void scoresAreReadBackAndGdmixCutsWeightsOfFixedEffects(Compat compat) throws IOException {
        Path file = folder.resolve("scores.avro");
        ScoreFile.Row row = new ScoreFile.Row(17L << 40, -1.25, 1, 0.5, -1.5);
        try (ScoreFile.Writer out = ScoreFile.Writer.open(file, ScoreFile.Columns.GDMIX, true, compat)) {
            out.write(row);
            out.write(new ScoreFile.Row(2, 3, Double.NaN, 2, 3));
            out.finish();
        }
        try (ScoreFile.Reader in = ScoreFile.Reader.open(file, ScoreFile.Columns.GDMIX)) {
            ScoreFile.Row cut = new ScoreFile.Row(row.uid(), row.score(), 1, compat == Compat.GDMIX ? 0 : 0.5, -1.5);
            assertThat(in.next()).isEqualTo(cut);
            assertThat(Objects.requireNonNull(in.next()).label()).isNaN();
            assertThat(in.next()).isNull();
        }
    }

    @Test
    void detextScoresAreRead() throws IOException {
        Path file = folder.resolve("detext.avro");
        ScoreFile.Row row = new ScoreFile.Row(4, 0.75, 1, 2, Double.NaN);
        Schema schema = SchemaBuilder.record("validation_result")
                .fields()
                .requiredLong("uid")
                .requiredFloat("weight")
                .requiredInt("label")
                .requiredFloat("score")
                .endRecord();
        try (AvroWriter out = AvroWriter.open(file, schema)) {
            GenericRecord record = new GenericData.Record(schema);
            record.put("uid", row.uid());
            record.put("weight", (float) row.weight());
            record.put("label", (int) row.label());
            record.put("score", (float) row.score());
            out.write(record);
            out.finish();
        }
        try (ScoreFile.Reader in = ScoreFile.Reader.open(file, ScoreFile.Columns.DETEXT)) {
            assertThat(in.next()).isEqualTo(row);
        }
        assertThatThrownBy(() -> ScoreFile.Reader.open(file, ScoreFile.Columns.GDMIX))
                .hasMessage("%s: no column predictionScore, the file has [uid, weight, label, score]", file);
    }

    @Test
    void modelsHaveTheInterceptFirstAndLoseWhatIsSmall() throws IOException {
        FeatureIndex order = new FeatureIndex();
        order.add("a", "1");
        order.add("b", "");
        order.add("c", "");
        Coefficient a = new Coefficient("a", "1", -2, 0.5);
        Coefficient b = new Coefficient("b", "", 1e-4, 0.25);
        Coefficient c = new Coefficient("c", "", 1.01e-4, 0.125);
        Coefficient intercept = new Coefficient(FeatureIndex.INTERCEPT_NAME, "", 0, 4);
        ModelRecord model = new ModelRecord("7", ModelRecord.LOGISTIC, List.of(c, b, a, intercept), "");

        assertThat(written(model, order, GdmixModelWriter.GDMIX_THRESHOLD)).containsExactly(intercept, a, c);
        assertThat(written(model, order, 0)).containsExactly(intercept, a, b, c);
        ModelRecord bare = new ModelRecord("8", ModelRecord.LOGISTIC, List.of(), "");
        assertThat(written(bare, order, 0))
                .containsExactly(new Coefficient(FeatureIndex.INTERCEPT_NAME, "", 0, Double.NaN));
        ModelRecord strange = new ModelRecord("9", "", List.of(new Coefficient("z", "", 1, 1)), "");
        assertThatThrownBy(() -> written(strange, order, 0))
                .hasMessage("model 9: coefficient z, is not in the feature list");
    }

    private List<Coefficient> written(ModelRecord model, FeatureIndex order, double threshold) throws IOException {
        Path file = new GdmixFolders(folder).model(3);
        assertThat(file).endsWithRaw(Path.of("models/part-00003.avro"));
        try (GdmixModelWriter out = GdmixModelWriter.open(file, order, threshold)) {
            out.write(model);
            out.finish();
        }
        try (AvroModels in = AvroModels.open(file)) {
            return Objects.requireNonNull(in.next()).coefficients();
        }
    }

    @Test
    void summariesAndPartitionListsAreReadBack() throws IOException {
        GdmixFolders folders = new GdmixFolders(folder);
        EvalSummary.write(folders.evalSummary(), Map.of("auc", 0.7058));
        assertThat(EvalSummary.read(folders.evalSummary())).containsExactly(Map.entry("auc", 0.7058));
        assertThat(Partitions.readList(MixedEffectsData.path("gdmix/metadata/partition_list.txt")))
                .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        Partitions.writeList(folders.partitionList(), new TreeSet<>(List.of(7, 0, 3)));
        assertThat(folders.partitionList()).hasContent("0,3,7");
        assertThat(Partitions.readList(folders.partitionList())).containsExactly(0, 3, 7);
    }

    @Test
    void namesOfTheReadmeAreReadToo() throws IOException {
        GdmixFolders folders = new GdmixFolders(folder);
        assertThatThrownBy(folders::fixedModel)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("global_model.avro");
        NewFile.write(folder.resolve("models/global_model.avro"), "");
        NewFile.write(folder.resolve("train_scores/part-0.avro"), "");
        assertThat(folders.fixedModel()).endsWithRaw(Path.of("global_model.avro"));
        assertThat(folders.trainingScoresThere()).endsWithRaw(Path.of("train_scores"));
        NewFile.write(folders.model(0), "");
        assertThat(folders.fixedModel()).endsWithRaw(Path.of("part-00000.avro"));
        assertThatThrownBy(() -> folders.featureList("../x")).hasMessageContaining("without slashes");
    }

    @Test
    void partitionsFollowTheHash() {
        assertThat(Partitions.of("99010", 10, Compat.NONE)).isEqualTo(9);
        String lowest = "polygenelubricants"; // its hash is the lowest int
        assertThat(lowest.hashCode()).isEqualTo(Integer.MIN_VALUE);
        assertThat(Partitions.of(lowest, 10, Compat.GDMIX)).isEqualTo(-8);
        assertThat(Partitions.of(lowest, 10, Compat.NONE)).isEqualTo(8);
    }
}
