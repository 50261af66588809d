package io.dlrm4j.bench.peers;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.criteo.synthetic.Cardinalities;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchFileTest {
    private static final int SAMPLES = 8_192;
    private static final int BATCH = 128;
    private static final Cardinalities TABLES = Cardinalities.kaggle();

    @TempDir
    private Path folder;

    private BatchFile write(Path where, String kind, int batch) throws IOException {
        GenerateBatches.write(where, TABLES, List.of(kind), List.of(batch), SAMPLES);
        return BatchFile.open(where, kind, batch);
    }

    @Test
    void sameArgumentsGiveSameBytes() throws IOException {
        write(folder.resolve("a"), "zipf", BATCH);
        write(folder.resolve("b"), "zipf", BATCH);
        assertThat(BatchFile.path(folder.resolve("a"), "zipf", BATCH))
                .hasSameBinaryContentAs(BatchFile.path(folder.resolve("b"), "zipf", BATCH));
    }

    @Test
    void everyValueIsInItsRange() throws IOException {
        for (String kind : List.of("zipf", "uniform")) {
            BatchFile file = write(folder, kind, BATCH);
            assertThat(file.count()).isEqualTo(SAMPLES / BATCH);
            long clicks = 0;
            for (int k = 0; k < file.count(); k++) {
                for (int t = 0; t < BatchFile.TABLES; t++) {
                    for (int s = 0; s < BATCH; s++) {
                        assertThat(id(file, k, t, s)).isBetween(0, TABLES.rows().get(t) - 1);
                    }
                }
                for (float value : file.dense(k).toArray(JAVA_FLOAT_UNALIGNED)) {
                    assertThat(value).isBetween(0f, 8f);
                }
                for (float label : file.labels(k).toArray(JAVA_FLOAT_UNALIGNED)) {
                    assertThat(label).isIn(0f, 1f);
                    clicks += label == 1 ? 1 : 0;
                }
            }
            assertThat(clicks / (double) SAMPLES).isBetween(0.22, 0.28);
        }
    }

    @Test
    void zipfIdsLieWhereThePowerLawSays() throws IOException {
        int table = 2; // ten million rows
        double sum = 0;
        for (int k = 1; k <= TABLES.rows().get(table); k++) {
            sum += Math.pow(k, -1.05);
        }
        double want = SAMPLES / sum;
        assertThat(zeros(write(folder, "zipf", BATCH), table)).isBetween((int) (0.85 * want), (int) (1.15 * want));
        assertThat(zeros(write(folder, "uniform", BATCH), table)).isLessThan(3);
    }

    private static int zeros(BatchFile file, int table) {
        int zeros = 0;
        for (int k = 0; k < file.count(); k++) {
            for (int s = 0; s < file.samples(); s++) {
                zeros += id(file, k, table, s) == 0 ? 1 : 0;
            }
        }
        return zeros;
    }

    @Test
    void batchSizesCutTheSameSamples() throws IOException {
        BatchFile small = write(folder, "zipf", BATCH);
        BatchFile large = write(folder, "zipf", 2 * BATCH);
        assertThat(id(large, 1, 5, BATCH + 7)).isEqualTo(id(small, 3, 5, 7));
    }

    @Test
    void aCutFileIsRefused() throws IOException {
        write(folder, "zipf", BATCH);
        Path file = BatchFile.path(folder, "zipf", BATCH);
        Files.write(file, new byte[1000]);
        assertThatThrownBy(() -> BatchFile.open(folder, "zipf", BATCH))
                .hasMessage(
                        file + ": length=1000, want a multiple of 20480, the bytes of 128 samples; generate it again");
    }

    private static int id(BatchFile file, int k, int table, int sample) {
        return file.ids(k).getAtIndex(JAVA_INT_UNALIGNED, (long) table * file.samples() + sample);
    }
}
