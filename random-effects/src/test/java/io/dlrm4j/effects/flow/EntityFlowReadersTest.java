package io.dlrm4j.effects.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.MixedEffectsData;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.avro.AvroSamples;
import io.dlrm4j.effects.format.gdmix.ScoreFile;
import io.dlrm4j.effects.format.photon.LibSvmSamples;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EntityFlowReadersTest {
    @TempDir
    Path folder;

    @Test
    void avroSamplesMeetAvroScoresByEntity() throws IOException {
        Path samples = MixedEffectsData.path("gdmix-data/data/TrainData.avro");
        FeatureIndex index = new FeatureIndex();
        SampleColumns columns = SampleColumns.usual("itemId", List.of("perItem", "global"));
        Path scores = folder.resolve("scores/part-00000.avro");
        try (ScoreFile.Writer out = ScoreFile.Writer.open(scores, ScoreFile.Columns.GDMIX, true, Compat.NONE)) {
            for (int uid = 0; uid < 6; uid++) {
                out.write(new ScoreFile.Row(uid, uid / 4f, 1, 1, 0));
            }
            out.finish();
        }
        List<ScoreInput> inputs = List.of(new ScoreInput(folder.resolve("scores"), "uid", "predictionScore", 1));
        try (EntityFlow flow = EntityFlow.ofReaders(
                        List.of(() -> AvroSamples.open(samples, columns, index, 0)),
                        index,
                        inputs,
                        ActiveSamples.ALL,
                        FlowOptions.in(folder.resolve("tmp")));
                EntityStream entities = flow.open()) {
            EntityData data = new EntityData();
            for (int item = 0; item < 2; item++) {
                assertThat(entities.next(data)).isTrue();
                assertThat(data.entity()).isEqualTo("" + item);
                assertThat(data.rows()).isEqualTo(3);
                assertThat(data.entries()).isGreaterThan(3);
                for (int row = 0; row < 3; row++) {
                    assertThat(data.uids()[row]).isEqualTo(3L * item + row);
                    assertThat(data.offsets()[row]).isEqualTo(data.uids()[row] / 4.0);
                }
            }
            assertThat(entities.next(data)).isFalse();
        }
        assertThat(index.size()).isEqualTo(6);
    }

    @Test
    void aFixedEffectIsOneEntity() throws IOException {
        Path heart = MixedEffectsData.path("photon-ml/heart.txt");
        FeatureIndex index = new FeatureIndex();
        try (EntityFlow flow = EntityFlow.ofReaders(
                        List.of(() -> LibSvmSamples.open(heart, index, true, 0)),
                        index,
                        List.of(),
                        ActiveSamples.ALL,
                        FlowOptions.in(folder));
                EntityStream entities = flow.open()) {
            EntityData data = new EntityData();
            assertThat(entities.next(data)).isTrue();
            assertThat(data.rows()).isEqualTo(250);
            assertThat(data.entries()).isEqualTo(250 * 13);
            assertThat(entities.next(data)).isFalse();
        }
    }

    @Test
    void scoresWithoutTheColumnAreRefused() throws IOException {
        Path scores = folder.resolve("s.avro");
        try (ScoreFile.Writer out = ScoreFile.Writer.open(scores, ScoreFile.Columns.GDMIX, false, Compat.NONE)) {
            out.write(new ScoreFile.Row(1, 1, 1, 1, 0));
            out.finish();
        }
        List<ScoreInput> inputs = List.of(ScoreInput.of(scores));
        assertThatThrownBy(() -> EntityFlow.ofReaders(
                        List.of(), new FeatureIndex(), inputs, ActiveSamples.ALL, FlowOptions.in(folder)))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "%s: no column logit, the file has [uid, predictionScore, response, weight, predictionScorePerCoordinate]",
                        scores);
    }
}
