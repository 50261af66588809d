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
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Days of prepared rows, three `.npy` files each: dense features, ids, labels.
public final class NpyRows implements RowStore {
    private static final int STAGED_ROWS = 1_024;

    private final Schema schema;
    private final long[] rowsOfTable;
    private final long[] dayStart;
    private final List<NpyFile> dense = new ArrayList<>();
    private final List<NpyFile> sparse = new ArrayList<>();
    private final List<NpyFile> labels = new ArrayList<>();
    private final OffHeap memory = OffHeap.unlimited("prepared data");
    private final MemorySegment staged;
    private final ByteBuffer stagedBytes;
    private final Floats stagedFloats;
    private final Ints stagedInts;

    private NpyRows(Schema schema, List<Long> rowsPerDay) {
        this.schema = schema;
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
    /// @throws DataException when a file is absent or is not what the manifest says
    public static NpyRows open(Path folder, Schema schema, List<Long> rowsPerDay) throws IOException {
        NpyRows rows = new NpyRows(schema, rowsPerDay);
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
        dense.add(NpyFile.open(folder.resolve(DayFiles.dense(day))));
        dense.getLast().require(NpyType.FLOAT32, rows, (long) schema.denseFeatures());
        sparse.add(NpyFile.open(folder.resolve(DayFiles.sparse(day))));
        sparse.getLast().require(NpyType.INT32, rows, (long) rowsOfTable.length);
        labels.add(NpyFile.open(folder.resolve(DayFiles.labels(day))));
        labels.getLast().require(NpyType.INT32, rows, 1L);
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
                        .formatted(dense.get(day).file(), row + i / width, i % width, value));
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
                        .formatted(labels.get(day).file(), row + i, label));
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
                                    sparse.get(day).file(),
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

    private void stage(NpyFile file, long row, int count, int width) throws IOException {
        stagedBytes.clear().limit(count * width * Integer.BYTES);
        file.read(row * width, stagedBytes);
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
        for (List<NpyFile> files : List.of(dense, sparse, labels)) {
            for (NpyFile file : files) {
                file.close();
            }
        }
        memory.close();
    }
}
