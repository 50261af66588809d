package io.dlrm4j.criteo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.dlrm4j.core.config.ShuffleKind;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.criteo.store.Manifest;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PreparedDataTest {
    private static final int HEADER_BYTES = 128;

    @TempDir
    Path temp;

    private static boolean[] everyTable(boolean wanted) {
        boolean[] tables = new boolean[PreparedFolders.TABLES];
        Arrays.fill(tables, wanted);
        return tables;
    }

    private static Batch batch(OffHeap memory, Schema schema, int size) {
        return new Batch(memory, "test", schema, size, 0, 1, everyTable(true));
    }

    private static void assertRow(Batch batch, int sample, long row) {
        assertThat(batch.labels().get(sample)).isEqualTo(PreparedFolders.label(row));
        for (int f = 0; f < PreparedFolders.DENSE; f++) {
            assertThat(batch.dense().get((long) sample * PreparedFolders.DENSE + f))
                    .isEqualTo(PreparedFolders.dense(row, f));
        }
        for (int t = 0; t < PreparedFolders.TABLES; t++) {
            assertThat(batch.bags(t).ids().get(sample)).isEqualTo(PreparedFolders.id(row, t));
        }
    }

    private static void overwriteInt(Path file, long position, int value) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(0, value);
            channel.write(bytes, position);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Manifest.NPY, Manifest.BINARY})
    void theLastDayIsHalvedAndTheRestIsForTraining(String layout) throws IOException {
        PreparedFolders.write(temp.resolve("data"), layout, 11, 9, 7);
        PreparedData data = PreparedData.open(temp.resolve("data"));
        try (OffHeap memory = OffHeap.unlimited("test");
                BatchSource training = data.training(ShuffleKind.NONE, 0);
                BatchSource test = data.test();
                BatchSource validation = data.validation();
                BatchSource lastDay = data.lastDay();
                BatchSource all = data.all()) {
            Batch batch = batch(memory, data.schema(), 27);
            assertThat(training.samples()).isEqualTo(20);
            training.read(8, 5, batch); // over the end of a day
            for (int i = 0; i < 5; i++) {
                assertRow(batch, i, 8 + i);
            }
            assertThat(test.samples()).isEqualTo(4);
            test.read(0, 4, batch);
            assertRow(batch, 3, 23);
            assertThat(validation.samples()).isEqualTo(3);
            validation.read(0, 3, batch);
            assertRow(batch, 0, 24);
            assertThat(lastDay.samples()).isEqualTo(7);
            lastDay.read(6, 1, batch);
            assertRow(batch, 0, 26);
            all.read(0, 27, batch);
            assertRow(batch, 26, 26);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Manifest.NPY, Manifest.BINARY})
    void theBatchesOfAllRanksTogetherAreTheBatchOfOne(String layout) throws IOException {
        PreparedFolders.write(temp.resolve("data"), layout, 30, 5);
        PreparedData data = PreparedData.open(temp.resolve("data"));
        int size = 13;
        try (OffHeap memory = OffHeap.unlimited("test");
                BatchSource source = data.training(ShuffleKind.TOTAL, 7)) {
            Batch one = batch(memory, data.schema(), size);
            source.read(9, size, one);
            for (int ranks : new int[] {2, 3, 16}) {
                int samples = 0;
                for (int rank = 0; rank < ranks; rank++) {
                    boolean[] tables = everyTable(false);
                    tables[rank % tables.length] = true;
                    Batch part = new Batch(memory, "part", data.schema(), size, rank, ranks, tables);
                    source.read(9, size, part);
                    assertThat(part.bags(rank % tables.length).ids().toArray())
                            .isEqualTo(one.bags(rank % tables.length).ids().toArray());
                    assertThat(part.labels().slice(0, part.size()).toArray())
                            .isEqualTo(
                                    one.labels().slice(part.from(), part.size()).toArray());
                    assertThat(part.dense().slice(0, part.size() * 13L).toArray())
                            .isEqualTo(one.dense()
                                    .slice(part.from() * 13L, part.size() * 13L)
                                    .toArray());
                    samples += part.size();
                }
                assertThat(samples).isEqualTo(size);
            }
        }
    }

    @Test
    void aShuffledEpochHasEveryRowOnceAndDaysStayTogether() throws IOException {
        PreparedFolders.write(temp.resolve("data"), Manifest.NPY, 50, 30, 5);
        PreparedData data = PreparedData.open(temp.resolve("data"));
        try (OffHeap memory = OffHeap.unlimited("test");
                BatchSource total = data.training(ShuffleKind.TOTAL, 5);
                BatchSource byDay = data.training(ShuffleKind.DAY, 5)) {
            Batch batch = batch(memory, data.schema(), 80);
            total.read(0, 80, batch);
            assertThat(rows(batch).cardinality()).isEqualTo(80);
            byDay.read(0, 50, batch);
            assertThat(rows(batch).length()).isEqualTo(50);
            byDay.read(50, 30, batch);
            assertThat(rows(batch).nextSetBit(0)).isEqualTo(50);
        }
    }

    private static BitSet rows(Batch batch) {
        BitSet rows = new BitSet();
        for (int i = 0; i < batch.size(); i++) {
            rows.set((int) Math.round(Math.expm1(batch.dense().get(i * 13L)) / 3));
        }
        return rows;
    }

    @Test
    void readingAllocatesNothing() throws IOException {
        PreparedFolders.write(temp.resolve("data"), Manifest.NPY, 600, 5);
        PreparedData data = PreparedData.open(temp.resolve("data"));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (OffHeap memory = OffHeap.unlimited("test");
                BatchSource source = data.training(ShuffleKind.TOTAL, 7)) {
            Batch batch = batch(memory, data.schema(), 128);
            for (int i = 0; i < 200; i++) {
                source.read(i, 128, batch);
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 100; i++) {
                source.read(i, 128, batch);
            }
            long perRead = (threads.getCurrentThreadAllocatedBytes() - before) / 100;
            assertThat(perRead).as("bytes a batch of 128 rows in random order").isLessThan(1_024);
        }
    }

    @Test
    void everyIdIsCheckedAndTheRefusalNamesItsPlace() throws IOException {
        PreparedFolders.write(temp.resolve("data"), Manifest.NPY, 20, 5);
        Path file = temp.resolve("data").resolve("day_0_sparse.npy");
        overwriteInt(file, HEADER_BYTES + (17L * 26 + 4) * 4, 6);
        PreparedData data = PreparedData.open(temp.resolve("data"));
        try (OffHeap memory = OffHeap.unlimited("test");
                BatchSource source = data.training(ShuffleKind.NONE, 0)) {
            Batch batch = batch(memory, data.schema(), 20);
            assertThatThrownBy(() -> source.read(0, 20, batch))
                    .isInstanceOf(DataException.class)
                    .hasMessage(file + ": row 17, column C5: id=6, want 0 to 5");
        }
        assertThatThrownBy(data::verify)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("day_0_sparse.npy: crc32c=");
    }

    @Test
    void labelsAndDenseFeaturesAreCheckedToo() throws IOException {
        PreparedFolders.write(temp.resolve("data"), Manifest.NPY, 20, 5);
        Path labels = temp.resolve("data").resolve("day_0_labels.npy");
        Path dense = temp.resolve("data").resolve("day_0_dense.npy");
        overwriteInt(labels, HEADER_BYTES + 3 * 4, 2);
        overwriteInt(dense, HEADER_BYTES + (9 * 13 + 1) * 4, Float.floatToIntBits(Float.NaN));
        PreparedData data = PreparedData.open(temp.resolve("data"));
        try (OffHeap memory = OffHeap.unlimited("test");
                BatchSource source = data.training(ShuffleKind.NONE, 0)) {
            Batch batch = batch(memory, data.schema(), 8);
            assertThatThrownBy(() -> source.read(0, 8, batch)).hasMessage(labels + ": row 3: label=2, want 0 or 1");
            assertThatThrownBy(() -> source.read(8, 8, batch))
                    .hasMessage(dense + ": row 9, column 1: value=NaN, want a finite number");
        }
    }

    @Test
    void aFileThatShrinksWhileItIsReadIsNamed() throws IOException {
        PreparedFolders.write(temp.resolve("data"), Manifest.NPY, 20, 5);
        PreparedData data = PreparedData.open(temp.resolve("data"));
        try (OffHeap memory = OffHeap.unlimited("test");
                BatchSource source = data.training(ShuffleKind.NONE, 0);
                BatchSource shuffled = data.training(ShuffleKind.TOTAL, 0)) {
            Path file = temp.resolve("data").resolve("day_0_sparse.npy");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(HEADER_BYTES + 10 * 104 + 4);
            }
            Batch batch = batch(memory, data.schema(), 20);
            assertThatThrownBy(() -> source.read(0, 20, batch))
                    .isInstanceOf(DataException.class)
                    .hasMessageStartingWith(file.toString())
                    .hasMessageEndingWith("it has shrunk since it was opened");
            assertThatThrownBy(() -> shuffled.read(0, 20, batch))
                    .isInstanceOf(DataException.class)
                    .hasMessage(file + ": 1172 bytes, want 2208 as it had when it was opened");
            assertThatThrownBy(() -> PreparedData.open(temp.resolve("data")))
                    .hasMessage(file + ": 1172 bytes, want 2208 as manifest.json says; prepare the data again");
        }
    }

    @Test
    void sourcesGiveBackTheirMemory() throws IOException {
        PreparedFolders.write(temp.resolve("data"), Manifest.NPY, 20, 5);
        PreparedData data = PreparedData.open(temp.resolve("data"));
        long before = OffHeap.liveBytes();
        data.test().close();
        assertThat(OffHeap.liveBytes()).isEqualTo(before);
        Files.delete(temp.resolve("data").resolve("day_1_labels.npy"));
        assertThatThrownBy(data::test).hasMessageEndingWith("day_1_labels.npy: no such file");
        assertThat(OffHeap.liveBytes()).isEqualTo(before);
    }

    @Test
    void theFingerprintFollowsTheData() throws IOException {
        PreparedFolders.write(temp.resolve("a"), Manifest.NPY, 20, 5);
        PreparedFolders.write(temp.resolve("b"), Manifest.NPY, 20, 5);
        PreparedFolders.write(temp.resolve("c"), Manifest.NPY, 20, 6);
        String print = PreparedData.open(temp.resolve("a")).fingerprint();
        assertThat(print).hasSize(64);
        assertThat(PreparedData.open(temp.resolve("b")).fingerprint()).isEqualTo(print);
        assertThat(PreparedData.open(temp.resolve("c")).fingerprint()).isNotEqualTo(print);
    }
}
