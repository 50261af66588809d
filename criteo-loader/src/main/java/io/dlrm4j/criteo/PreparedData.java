package io.dlrm4j.criteo;

import io.dlrm4j.core.config.ShuffleKind;
import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.criteo.npy.NpyFile;
import io.dlrm4j.criteo.store.BinaryRows;
import io.dlrm4j.criteo.store.Checksum;
import io.dlrm4j.criteo.store.CriteoRow;
import io.dlrm4j.criteo.store.DayFiles;
import io.dlrm4j.criteo.store.Manifest;
import io.dlrm4j.criteo.store.ManifestFile;
import io.dlrm4j.criteo.store.NpyRows;
import io.dlrm4j.criteo.store.RowOrder;
import io.dlrm4j.criteo.store.RowStore;
import io.dlrm4j.criteo.store.StoredSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A folder written by [Prepare] or [GenerateClicks]: days of rows, of which the last is for evaluation.
///
/// ```
/// day 0 … day D-2           day D-1
/// training            test │ validation      test has the odd row
/// ```
///
/// Holds no open file; each [BatchSource] opens its own and is closed by its user. A source takes ids only from
/// `[0, rows)` of its table and says file, row, column and value otherwise.
public final class PreparedData {
    private final Path folder;
    private final ManifestFile manifest;
    private final Schema schema;

    private PreparedData(Path folder, ManifestFile manifest, Schema schema) {
        this.folder = folder;
        this.manifest = manifest;
        this.schema = schema;
    }

    /// Reads the manifest and checks that every file it lists is there and has its size.
    ///
    /// @throws DataException when the folder is not whole, naming what is wrong
    public static PreparedData open(Path folder) throws IOException {
        ManifestFile manifest = ManifestFile.read(folder);
        Checksum.checkSizes(folder, manifest.manifest());
        return new PreparedData(folder, manifest, schema(folder, manifest.manifest()));
    }

    private static Schema schema(Path folder, Manifest manifest) throws IOException {
        List<Schema.Table> tables = new ArrayList<>();
        for (Manifest.Table table : manifest.tables()) {
            tables.add(new Schema.Table(table.name(), table.rows(), 1));
        }
        if (manifest.format().layout().equals(Manifest.BINARY)) {
            return new Schema(CriteoRow.DENSE, tables);
        }
        try (NpyFile dense = NpyFile.open(folder.resolve(DayFiles.dense(0)))) {
            if (dense.shape().size() != 2 || dense.shape().get(1) > Short.MAX_VALUE) {
                throw new DataException("%s: shape %s, want [rows, features]".formatted(dense.file(), dense.shape()));
            }
            return new Schema(dense.shape().get(1).intValue(), tables);
        }
    }

    /// @return where it lies
    public Path folder() {
        return folder;
    }

    /// @return the columns
    public Schema schema() {
        return schema;
    }

    /// @return what the folder says about itself
    public Manifest manifest() {
        return manifest.manifest();
    }

    /// @return 64 hex digits; equal on two ranks means that both see the same data
    public String fingerprint() {
        return manifest.fingerprint();
    }

    /// Reads every file and compares it with its checksum: as long as reading all data takes.
    ///
    /// @throws DataException naming the first file that differs
    public void verify() throws IOException {
        Checksum.checkAll(folder, manifest.manifest());
    }

    /// @param shuffle order of the rows, the same in every epoch; anything but `NONE` takes 4 bytes of heap a row
    /// @param seed of the shuffle, as given to `np.random.seed`
    /// @return the rows of all days but the last
    public BatchSource training(ShuffleKind shuffle, long seed) throws IOException {
        List<Long> days = manifest.manifest().trainingDays();
        return source(
                switch (shuffle) {
                    case NONE -> RowOrder.range(0, rows().training());
                    case TOTAL -> RowOrder.total(days, seed);
                    case DAY -> RowOrder.byDay(days, seed);
                });
    }

    /// @return the first half of the last day, with the odd row
    public BatchSource test() throws IOException {
        return source(RowOrder.range(rows().training(), rows().test()));
    }

    /// @return the second half of the last day
    public BatchSource validation() throws IOException {
        return source(RowOrder.range(rows().training() + rows().test(), rows().validation()));
    }

    /// @return the last day as it lies: test, then validation
    public BatchSource lastDay() throws IOException {
        return source(RowOrder.range(rows().training(), rows().test() + rows().validation()));
    }

    /// @return the rows of all days in order
    public BatchSource all() throws IOException {
        return source(RowOrder.range(0, rows().training() + rows().test() + rows().validation()));
    }

    private Manifest.Rows rows() {
        return manifest.manifest().rows();
    }

    private BatchSource source(RowOrder order) throws IOException {
        return new StoredSource(schema, store(order.isRandom()), order);
    }

    private RowStore store(boolean atRandom) throws IOException {
        if (manifest.manifest().format().layout().equals(Manifest.NPY)) {
            return NpyRows.open(folder, schema, rows().perDay(), atRandom);
        }
        BinaryRows binary = BinaryRows.open(
                List.of(
                        folder.resolve(DayFiles.TRAIN_BINARY),
                        folder.resolve(DayFiles.TEST_BINARY),
                        folder.resolve(DayFiles.VALIDATION_BINARY)),
                schema,
                0);
        long want = rows().training() + rows().test() + rows().validation();
        if (binary.rows() != want) {
            binary.close();
            throw new DataException(
                    "%s: %d rows, want %d as manifest.json says".formatted(folder, binary.rows(), want));
        }
        return binary;
    }
}
