package io.dlrm4j.criteo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrm4j.core.config.ShuffleKind;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.criteo.npy.NpyFile;
import io.dlrm4j.criteo.store.Manifest;
import io.dlrm4j.criteo.store.RowOrder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every number that the reference's preprocessing left in recorded runs, exactly.
class GoldenPrepareTest {
    private static final int DENSE = 13;
    private static final int TABLES = 26;
    private static final Path GOLDEN = Path.of(System.getProperty("golden.dir", "../shared/golden"));
    private static final Path KAGGLE = GOLDEN.resolve("preprocess/kaggle");
    private static final Path TERABYTE = GOLDEN.resolve("preprocess/terabyte");

    @TempDir
    Path temp;

    @BeforeEach
    void needsTheRecordedRuns() {
        assumeTrue(Files.isDirectory(KAGGLE), "no recorded runs in " + GOLDEN);
    }

    private Path output() {
        return temp.resolve("data");
    }

    private PrepareOptions kaggle() {
        return PrepareOptions.of(List.of(KAGGLE.resolve("train.txt")), output());
    }

    private PrepareOptions terabyte() {
        List<Path> days = new ArrayList<>();
        for (int day = 0; day < 24; day++) {
            days.add(TERABYTE.resolve("day_" + day));
        }
        return PrepareOptions.of(days, output()).withDays(DaySplit.files()).withMaxIndRange(50);
    }

    private static List<Long> longs(int... values) {
        return Arrays.stream(values).asLongStream().boxed().toList();
    }

    private static List<Long> cardinalities(Manifest manifest) {
        return manifest.tables().stream().map(Manifest.Table::rows).toList();
    }

    /// Reads `count` samples and compares them with the reference's features, ids (one line a column) and labels.
    private static void assertBatch(BatchSource source, int count, float[] dense, int[] ids, float[] labels) {
        boolean[] all = new boolean[TABLES];
        Arrays.fill(all, true);
        try (OffHeap memory = OffHeap.unlimited("test")) {
            Batch batch = new Batch(memory, "golden", source.schema(), count, 0, 1, all);
            source.read(0, count, batch);
            assertThat(batch.dense().toArray()).isEqualTo(dense);
            assertThat(batch.labels().toArray()).isEqualTo(labels);
            for (int t = 0; t < TABLES; t++) {
                assertThat(batch.bags(t).ids().toArray())
                        .as("ids of table %d", t)
                        .isEqualTo(Arrays.copyOfRange(ids, t * count, (t + 1) * count));
            }
        }
    }

    private static void assertBatch(BatchSource source, int count, Path folder, String name) throws IOException {
        assertBatch(
                source,
                count,
                NpyFile.floats(folder.resolve(name + ".dense.npy")),
                NpyFile.ints(folder.resolve(name + ".index.npy")),
                NpyFile.floats(folder.resolve(name + ".label.npy")));
    }

    /// Compares all rows with the reference's arrays, whose features are integers.
    private void assertAllRows(PreparedData data, String suffix) throws IOException {
        int[] counts = NpyFile.ints(KAGGLE.resolve("X_int" + suffix + ".npy"));
        int[] ids = NpyFile.ints(KAGGLE.resolve("X_cat" + suffix + ".npy"));
        int[] labels = NpyFile.ints(KAGGLE.resolve("y" + suffix + ".npy"));
        int rows = labels.length;
        float[] dense = new float[counts.length];
        float[] floatLabels = new float[rows];
        int[] byColumn = new int[ids.length];
        for (int i = 0; i < counts.length; i++) {
            dense[i] = (float) Math.log(counts[i] + 1f);
        }
        for (int row = 0; row < rows; row++) {
            floatLabels[row] = labels[row];
            for (int t = 0; t < TABLES; t++) {
                byColumn[t * rows + row] = ids[row * TABLES + t];
            }
        }
        try (BatchSource all = data.all()) {
            assertBatch(all, rows, dense, byColumn, floatLabels);
        }
    }

    @Test
    void kaggleRowsCountsDaysAndBatchesAreTheReferences() throws IOException {
        Manifest manifest = Prepare.run(kaggle(), ProgressListener.NONE).manifest();
        assertThat(cardinalities(manifest)).isEqualTo(longs(NpyFile.ints(KAGGLE.resolve("counts.npy"))));
        assertThat(manifest.rows())
                .isEqualTo(new Manifest.Rows(longs(215, 215, 215, 215, 215, 214, 214), 1289, 107, 107));
        PreparedData data = PreparedData.open(output());
        assertAllRows(data, "");
        try (BatchSource training = data.training(ShuffleKind.NONE, 0);
                BatchSource test = data.test();
                BatchSource validation = data.validation()) {
            assertBatch(training, 128, KAGGLE, "train.first_batch");
            assertBatch(test, 107, KAGGLE, "test.first_batch");
            assertBatch(validation, 107, KAGGLE, "val.first_batch");
        }
    }

    @Test
    void kaggleWithARangeIsTheReferences() throws IOException {
        Manifest manifest =
                Prepare.run(kaggle().withMaxIndRange(50), ProgressListener.NONE).manifest();
        assertThat(cardinalities(manifest)).isEqualTo(longs(NpyFile.ints(KAGGLE.resolve("counts-range50.npy"))));
        assertAllRows(PreparedData.open(output()), "-range50");
    }

    @Test
    void kaggleSubSampledIsTheReferences() throws IOException {
        PrepareReport report = Prepare.run(kaggle().withSubSample(0.5, 123), ProgressListener.NONE);
        assertThat(report.rows()).isEqualTo(947);
        assertThat(report.manifest().rows().perDay()).isEqualTo(longs(148, 132, 138, 137, 121, 132, 139));
        assertThat(cardinalities(report.manifest()))
                .isEqualTo(longs(
                        10, 15, 187, 147, 7, 6, 81, 13, 4, 91, 61, 203, 31, 5, 71, 172, 8, 41, 26, 5, 151, 7, 6, 101, 9,
                        105));
        int positives = 0;
        for (int day = 0; day < 7; day++) {
            positives += Arrays.stream(NpyFile.ints(output().resolve("day_" + day + "_labels.npy")))
                    .sum();
        }
        assertThat(positives).isEqualTo(440);
    }

    @Test
    void trainingOrdersAreTheReferences() throws IOException {
        List<Long> days = longs(215, 215, 215, 215, 215, 214);
        assertThat(order(RowOrder.total(days, 123)))
                .isEqualTo(NpyFile.ints(KAGGLE.resolve("train_order.total.seed123.npy")));
        assertThat(order(RowOrder.byDay(days, 123)))
                .isEqualTo(NpyFile.ints(KAGGLE.resolve("train_order.day.seed123.npy")));
        assertThat(order(RowOrder.total(List.of(10_292L), 123)))
                .isEqualTo(NpyFile.ints(GOLDEN.resolve("trajectory/train_order.npy")));
    }

    private static int[] order(RowOrder order) {
        int[] rows = new int[(int) order.samples()];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (int) order.row(i);
        }
        return rows;
    }

    @Test
    void theTrajectorysTablesFollowFromItsRawFile() throws IOException {
        PrepareOptions options = PrepareOptions.of(List.of(GOLDEN.resolve("trajectory/train.txt.gz")), output());
        PrepareReport report = Prepare.run(options, ProgressListener.NONE);
        assertThat(report.rows()).isEqualTo(12_007);
        assertThat(report.manifest().rows().training()).isEqualTo(10_292);
        assertThat(report.manifest().rows().test()).isEqualTo(858);
        assertThat(cardinalities(report.manifest()))
                .isEqualTo(longs(
                        10, 15, 201, 151, 7, 6, 81, 13, 4, 91, 61, 221, 31, 5, 71, 181, 8, 41, 26, 5, 161, 7, 6, 101, 9,
                        111));
    }

    @Test
    void terabyteRecordsAreTheReferencesByteForByte() throws IOException {
        Manifest manifest = Prepare.run(terabyte().withLayout(Manifest.BINARY), ProgressListener.NONE)
                .manifest();
        assertThat(cardinalities(manifest)).isEqualTo(longs(NpyFile.ints(TERABYTE.resolve("counts.npy"))));
        assertThat(manifest.rows().perDay())
                .isEqualTo(longs(
                        30, 38, 38, 35, 34, 28, 32, 28, 34, 40, 36, 32, 33, 29, 33, 33, 30, 38, 40, 33, 38, 38, 29,
                        37));
        for (String name : List.of("train_data.bin", "test_data.bin", "val_data.bin")) {
            assertThat(output().resolve(name)).as(name).hasSameBinaryContentAs(TERABYTE.resolve(name));
        }
        try (BatchSource test = PreparedData.open(output()).test()) {
            assertBatch(test, 16, TERABYTE, "test.first_batch16");
        }
    }

    @Test
    void terabyteColumnsHoldTheSameBatches() throws IOException {
        Manifest manifest = Prepare.run(terabyte(), ProgressListener.NONE).manifest();
        assertThat(manifest.rows().training()).isEqualTo(779);
        assertThat(manifest.rows().test()).isEqualTo(19);
        assertThat(manifest.rows().validation()).isEqualTo(18);
        try (BatchSource test = PreparedData.open(output()).test()) {
            assertBatch(test, 16, TERABYTE, "test.first_batch16");
        }
    }

    @Test
    void recordsWithoutAManifestAreReadToo() throws IOException {
        List<Schema.Table> tables = new ArrayList<>();
        for (int count : NpyFile.ints(TERABYTE.resolve("counts.npy"))) {
            tables.add(new Schema.Table("C" + (tables.size() + 1), count, 1));
        }
        Schema schema = new Schema(DENSE, tables);
        try (BatchSource test = TerabyteBinary.open(TERABYTE.resolve("test_data.bin"), schema, 50)) {
            assertThat(test.samples()).isEqualTo(19);
            assertBatch(test, 16, TERABYTE, "test.first_batch16");
        }
    }
}
