package io.dlrm4j.criteo.store;

import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.criteo.npy.NpyFile;
import io.dlrm4j.criteo.npy.NpyType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Days of prepared rows, three `.npy` files each: dense features, ids, labels.
///
/// Rows in order are read in runs by positioned reads. Rows at random are copied out of a mapping, which is several
/// times faster than a system call for each. A mapped file that shrinks raises SIGBUS; so the sizes of all
/// files are looked at before each batch, and the `InternalError` that the JVM makes of the signal is caught.
public final class NpyRows implements RowStore {
    private static final int STAGED_ROWS = 1_024;

    private final Schema schema;
    private final long[] rowsOfTable;
    private final long[] dayStart;
    private final List<Column> dense = new ArrayList<>();
    private final List<Column> sparse = new ArrayList<>();
    private final List<Column> labels = new ArrayList<>();
    private final @Nullable Arena mappings;
    private final OffHeap memory = OffHeap.unlimited("prepared data");
    private final MemorySegment staged;
    private final ByteBuffer stagedBytes;
    private final Floats stagedFloats;
    private final Ints stagedInts;

    /// One file.
    ///
    /// @param file open
    /// @param mapped its elements; null when they are read
    private record Column(NpyFile file, @Nullable MemorySegment mapped) {}

    private NpyRows(Schema schema, List<Long> rowsPerDay, boolean mapped) {
        this.schema = schema;
        this.mappings = mapped ? Arena.ofShared() : null;
        int tables = schema.tables().size();
        this.rowsOfTable = new long[tables];
        for (int t = 0; t < tables; t++) {
            rowsOfTable[t] = schema.tables().get(t).rows();
        }
        this.dayStart = new long[rowsPerDay.size() + 1];
        for (int day = 0; day < rowsPerDay.size(); day++) {
            dayStart[day + 1] = dayStart[day] + rowsPerDay.get(day);
        }
        int widest = Math.max(1, Math.max(schema.denseFeatures(), tables));
        this.staged = memory.bytes("staged rows", (long) STAGED_ROWS * widest * Integer.BYTES);
        this.stagedBytes = staged.asByteBuffer();
        this.stagedFloats = new Floats(staged);
        this.stagedInts = new Ints(staged);
    }

    /// Opens the files of all days and checks their types, shapes and sizes.
    ///
    /// @param atRandom whether rows will be read one by one rather than in runs
    /// @throws DataException when a file is absent or is not what the manifest says
    public static NpyRows open(Path folder, Schema schema, List<Long> rowsPerDay, boolean atRandom) throws IOException {
        NpyRows rows = new NpyRows(schema, rowsPerDay, atRandom);
        try {
            for (int day = 0; day < rowsPerDay.size(); day++) {
                rows.openDay(folder, day, rowsPerDay.get(day));
            }
            return rows;
        } catch (IOException | RuntimeException e) {
            rows.close();
            throw e;
        }
    }

    private void openDay(Path folder, int day, long rows) throws IOException {
        open(dense, folder.resolve(DayFiles.dense(day)), NpyType.FLOAT32, rows, schema.denseFeatures());
        open(sparse, folder.resolve(DayFiles.sparse(day)), NpyType.INT32, rows, rowsOfTable.length);
        open(labels, folder.resolve(DayFiles.labels(day)), NpyType.INT32, rows, 1);
    }

    private void open(List<Column> columns, Path path, NpyType type, long rows, long width) throws IOException {
        NpyFile file = NpyFile.open(path);
        columns.add(new Column(file, null));
        file.require(type, rows, width);
        if (mappings != null) {
            columns.set(columns.size() - 1, new Column(file, file.map(mappings)));
        }
    }

    @Override
    public void startBatch() throws IOException {
        for (int day = 0; day < dense.size() && mappings != null; day++) {
            dense.get(day).file.checkUnchanged();
            sparse.get(day).file.checkUnchanged();
            labels.get(day).file.checkUnchanged();
        }
    }

    @Override
    public int run(long row, int limit) {
        long untilDayEnds = dayStart[day(row) + 1] - row;
        return (int) Math.min(Math.min(limit, STAGED_ROWS), untilDayEnds);
    }

    @Override
    public void read(long row, int count, int at, Batch into) throws IOException {
        int day = day(row);
        long inDay = row - dayStart[day];
        int from = Math.max(at, into.from());
        int local = Math.min(at + count, into.from() + into.size()) - from;
        if (local > 0) {
            readDense(day, inDay + (from - at), local, into.dense(), from - into.from());
            readLabels(day, inDay + (from - at), local, into.labels(), from - into.from());
        }
        readIds(day, inDay, count, at, into);
    }

    private void readDense(int day, long row, int count, Floats out, int at) throws IOException {
        int width = schema.denseFeatures();
        stage(dense.get(day), row, count, width);
        for (int i = 0; i < count * width; i++) {
            float value = stagedFloats.get(i);
            if (!Float.isFinite(value)) {
                throw new DataException("%s: row %d, column %d: value=%s, want a finite number"
                        .formatted(dense.get(day).file.file(), row + i / width, i % width, value));
            }
            out.set((long) at * width + i, value);
        }
    }

    private void readLabels(int day, long row, int count, Floats out, int at) throws IOException {
        stage(labels.get(day), row, count, 1);
        for (int i = 0; i < count; i++) {
            int label = stagedInts.get(i);
            if (label != 0 && label != 1) {
                throw new DataException("%s: row %d: label=%d, want 0 or 1"
                        .formatted(labels.get(day).file.file(), row + i, label));
            }
            out.set(at + i, label);
        }
    }

    private void readIds(int day, long row, int count, int at, Batch into) throws IOException {
        int tables = rowsOfTable.length;
        boolean fetched = false;
        for (int t = 0; t < tables; t++) {
            if (!into.has(t)) {
                continue;
            }
            if (!fetched) {
                stage(sparse.get(day), row, count, tables);
                fetched = true;
            }
            Ints ids = into.bags(t).ids();
            for (int i = 0; i < count; i++) {
                int id = stagedInts.get((long) i * tables + t);
                if (id < 0 || id >= rowsOfTable[t]) {
                    throw new DataException("%s: row %d, column %s: id=%d, want 0 to %d"
                            .formatted(
                                    sparse.get(day).file.file(),
                                    row + i,
                                    schema.tables().get(t).name(),
                                    id,
                                    rowsOfTable[t] - 1));
                }
                ids.set(at + i, id);
            }
            into.bags(t).count(at + count);
        }
    }

    private void stage(Column column, long row, int count, int width) throws IOException {
        int bytes = count * width * Integer.BYTES;
        MemorySegment mapped = column.mapped;
        if (mapped != null) {
            MemorySegment.copy(mapped, row * width * Integer.BYTES, staged, 0, bytes);
        } else {
            stagedBytes.clear().limit(bytes);
            column.file.read(row * width, stagedBytes);
        }
    }

    private int day(long row) {
        int day = 0;
        while (row >= dayStart[day + 1]) {
            day++;
        }
        return day;
    }

    @Override
    public void close() {
        for (List<Column> columns : List.of(dense, sparse, labels)) {
            for (Column column : columns) {
                column.file.close();
            }
        }
        if (mappings != null) {
            mappings.close();
        }
        memory.close();
    }
}
