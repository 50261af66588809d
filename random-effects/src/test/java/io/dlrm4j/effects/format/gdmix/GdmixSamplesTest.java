package io.dlrm4j.effects.format.gdmix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.MixedEffectsData;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.avro.AvroSamples;
import io.dlrm4j.effects.format.tfrecord.TfRecordReader;
import io.dlrm4j.effects.format.tfrecord.TfRecordWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GdmixSamplesTest {
    private static final String GROUPED = "gdmix/grouped_per_member_train/";

    @TempDir
    Path folder;

    @Test
    void fixedEffectsSamplesAreRead() throws IOException {
        Path root = MixedEffectsData.path("gdmix/fe_lbfgs");
        GdmixFolders folders = new GdmixFolders(root);
        TensorMetadata metadata = TensorMetadata.read(folders.metadata());
        FeatureIndex index = FeatureList.read(folders.featureList("global")).index();
        assertThat(index.size()).isEqualTo(metadata.column("global").width()).isEqualTo(306);

        Path file = root.resolve("training_data/test.tfrecord");
        SampleColumns columns = SampleColumns.usual("", List.of("global"));
        Sample sample = new Sample();
        int count = 0;
        try (ExampleSamples in = ExampleSamples.open(file, columns, metadata, 0)) {
            while (in.next(sample)) {
                assertThat(sample.label()).isIn(0.0, 1.0);
                assertThat(sample.features()).isPositive();
                count++;
            }
        }
        assertThat(count).isPositive();
    }

    @Test
    void entitiesAreReadAndWrittenBackToTheSameSamples() throws IOException {
        Path file = MixedEffectsData.path(GROUPED + "data.tfrecord");
        TensorMetadata metadata = TensorMetadata.read(MixedEffectsData.path(GROUPED + "data.json"));
        SampleColumns columns = SampleColumns.usual("memberId", List.of("per_member"));
        Path again = folder.resolve("again.tfrecord.gz");
        EntityData data = new EntityData();
        try (SequenceEntities in = SequenceEntities.open(List.of(file), columns, metadata);
                TfRecordWriter out = TfRecordWriter.open(again)) {
            assertThat(in.next(data)).isTrue();
            assertThat(data.entity()).isEqualTo("100034");
            assertThat(Arrays.copyOf(data.uids(), 2)).containsExactly(10, 20);
            assertThat(Arrays.copyOf(data.weights(), 2)).containsExactly(1, 2);
            assertThat(Arrays.copyOf(data.offsets(), 2)).containsExactly(0.5, 0.75);
            assertThat(Arrays.copyOf(data.labels(), 2)).containsExactly(0, 1);
            assertThat(Arrays.copyOf(data.rowStarts(), 3)).containsExactly(0, 5, 7);
            assertThat(Arrays.copyOf(data.indices(), 7)).containsExactly(0, 7, 60, 80, 95, 34, 57);
            assertThat(data.values()[4]).isEqualTo(6.6f);
            out.write(new ExampleMaker(columns, metadata).sequence(data));
            assertThat(in.next(data)).isTrue();
            assertThat(data.rows()).isEqualTo(1);
            out.write(new ExampleMaker(columns, metadata).sequence(data));
            assertThat(in.next(data)).isFalse();
            out.finish();
        }
        try (TfRecordReader one = TfRecordReader.open(file);
                TfRecordReader other = TfRecordReader.open(again)) {
            for (int i = 0; i < 2; i++) {
                assertThat(other.nextSequence()).isEqualTo(Objects.requireNonNull(one.nextSequence()));
            }
        }
    }

    @Test
    void interceptOnlyAndTextIdsFollowTheMetadata() throws IOException {
        Path file = MixedEffectsData.path(GROUPED + "data.tfrecord");
        TensorMetadata none = TensorMetadata.read(MixedEffectsData.path(GROUPED + "data_intercept_only.json"));
        SampleColumns columns = SampleColumns.usual("memberId", List.of());
        EntityData data = new EntityData();
        try (SequenceEntities in = SequenceEntities.open(List.of(file), columns, none)) {
            assertThat(in.next(data)).isTrue();
            assertThat(data.rows()).isEqualTo(2);
            assertThat(data.entries()).isZero();
        }
        assertThatThrownBy(() -> SequenceEntities.open(
                        List.of(file), SampleColumns.usual("memberId", List.of("per_member")), none))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("no column per_member in the tensor metadata");

        TensorMetadata texts = TensorMetadata.read(MixedEffectsData.path(GROUPED + "data_with_string_entity_id.json"));
        data.begin("zoë");
        data.addRow(4, 1, 0.5, -2);
        data.addFeature(99, 1.5);
        SampleColumns bag = SampleColumns.usual("memberId", List.of("per_member"));
        Path written = folder.resolve("text.tfrecord.deflate");
        try (TfRecordWriter out = TfRecordWriter.open(written)) {
            out.write(new ExampleMaker(bag, texts).sequence(data));
            out.finish();
        }
        EntityData read = new EntityData();
        try (SequenceEntities in = SequenceEntities.open(List.of(written), bag, texts)) {
            assertThat(in.next(read)).isTrue();
        }
        assertThat(read.entity()).isEqualTo("zoë");
        assertThat(read.uids()[0]).isEqualTo(4);
        assertThat(read.offsets()[0]).isEqualTo(-2);
        assertThat(read.indices()[0]).isEqualTo(99);
    }

    @Test
    void aFeatureBeyondTheShapeNamesRecordAndColumn() throws IOException {
        Path file = MixedEffectsData.path(GROUPED + "data.tfrecord");
        TensorMetadata small = TensorMetadata.read(MixedEffectsData.path(GROUPED + "dataset_1.json"));
        SampleColumns columns = SampleColumns.usual("memberId", List.of("per_member"));
        try (SequenceEntities in = SequenceEntities.open(List.of(file), columns, small)) {
            assertThatThrownBy(() -> in.next(new EntityData()))
                    .isInstanceOf(DataException.class)
                    .hasMessage("%s: record 0 at byte 0: column per_member: feature 7, want 0 to 2", file);
        }
    }

    @Test
    void listwiseSamplesOfDetextAreRefused() throws IOException {
        Path file = MixedEffectsData.path("gdmix/train/dataset/tfrecord/test.tfrecord");
        TensorMetadata metadata = new TensorMetadata(
                List.of(), List.of(TensorMetadata.Column.scalar("label", TensorMetadata.Dtype.FLOAT)));
        SampleColumns columns = new SampleColumns("", "label", "", "", "", List.of());
        try (ExampleSamples in = ExampleSamples.open(file, columns, metadata, 0)) {
            assertThatThrownBy(() -> in.next(new Sample()))
                    .hasMessage("%s: record 0 at byte 0: column label: 3 values, want one", file);
        }
    }

    @Test
    void tensorsInAvroAreRead() throws IOException {
        FeatureIndex index = new FeatureIndex();
        for (int i = 0; i < 6; i++) {
            index.add("f", "" + i);
        }
        Path sparse = MixedEffectsData.path("gdmix-data/data/ExpectedPerMemberTrainData.avro");
        Sample sample = new Sample();
        try (AvroSamples in =
                AvroSamples.open(sparse, SampleColumns.usual("memberId", List.of("perMember")), index, 0)) {
            assertThat(in.next(sample)).isTrue();
            assertThat(sample.entity()).isNotEmpty();
            assertThat(sample.features()).isPositive();
        }
        Path dense = MixedEffectsData.path("gdmix-data/data/ExpectedPerItemTrainData.avro");
        try (AvroSamples in = AvroSamples.open(dense, SampleColumns.usual("itemId", List.of("perItem")), index, 0)) {
            assertThat(in.next(sample)).isTrue();
            assertThat(sample.features()).isEqualTo(6);
        }
        Path raw = MixedEffectsData.path("gdmix-data/data/TrainData.avro");
        FeatureIndex named = new FeatureIndex();
        try (AvroSamples in = AvroSamples.open(raw, SampleColumns.usual("itemId", List.of("perItem")), named, 0)) {
            while (in.next(sample)) {
                assertThat(sample.features()).isPositive();
            }
        }
        assertThat(named.size()).isEqualTo(3);
    }
}
