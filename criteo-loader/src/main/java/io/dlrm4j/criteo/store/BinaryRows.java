package io.dlrm4j.criteo.store;

import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// Rows as MLPerf's DLRM benchmark stores them, 160 bytes each, little endian:
///
/// ```
/// int32   0       1 … 13          14 … 39
///       label   integers ≥ 0        ids
/// ```
///
/// `ln(1 + x)` and, where asked for, `id % maxIndRange` are taken at reading.
public final class BinaryRows implements RowStore {
    /// Integers of a record.
    public static final int WIDTH = 1 + CriteoRow.DENSE + CriteoRow.TABLES;

    private static final int ROW_BYTES = WIDTH * Integer.BYTES;
    private static final int STAGED_ROWS = 1_024;

    private final Schema schema;
    private final long maxIndRange;
    private final List<Path> files;
    private final List<FileChannel> channels = new ArrayList<>();
    private final long[] fileStart;
    private final OffHeap memory = OffHeap.unlimited("binary data");
    private final ByteBuffer stagedBytes;
    private final Ints staged;

    private BinaryRows(List<Path> files, Schema schema, long maxIndRange) {
        this.files = List.copyOf(files);
        this.schema = schema;
        this.maxIndRange = maxIndRange;
        this.fileStart = new long[files.size() + 1];
        this.staged = memory.ints("staged rows", (long) STAGED_ROWS * WIDTH);
        this.stagedBytes = staged.segment().asByteBuffer();
    }

    /// Opens files of records.
    ///
    /// @param schema 13 dense features and 26 tables
    /// @param maxIndRange ids are taken modulo this; 0: they are not
    public static BinaryRows open(List<Path> files, Schema schema, long maxIndRange) throws IOException {
        if (schema.denseFeatures() != CriteoRow.DENSE || schema.tables().size() != CriteoRow.TABLES) {
            throw new DataException("binary rows: %d dense features and %d tables, want %d and %d"
                    .formatted(schema.denseFeatures(), schema.tables().size(), CriteoRow.DENSE, CriteoRow.TABLES));
        }
        BinaryRows rows = new BinaryRows(files, schema, maxIndRange);
        try {
            for (int i = 0; i < files.size(); i++) {
                rows.fileStart[i + 1] = rows.fileStart[i] + rows.openFile(files.get(i));
            }
            return rows;
        } catch (IOException | RuntimeException e) {
            rows.close();
            throw e;
        }
    }

    private long openFile(Path file) throws IOException {
        try {
            channels.add(FileChannel.open(file, StandardOpenOption.READ));
        } catch (NoSuchFileException e) {
            throw new DataException("%s: no such file".formatted(file), e);
        }
        long bytes = channels.getLast().size();
        if (bytes % ROW_BYTES != 0) {
            throw new DataException("%s: %d bytes, want a multiple of %d; it is cut short or not of this format"
                    .formatted(file, bytes, ROW_BYTES));
        }
        return bytes / ROW_BYTES;
    }

    /// @return rows of all files
    public long rows() {
        return fileStart[fileStart.length - 1];
    }

    @Override
    public int run(long row, int limit) {
        long untilFileEnds = fileStart[file(row) + 1] - row;
        return (int) Math.min(Math.min(limit, STAGED_ROWS), untilFileEnds);
    }

    @Override
    public void startBatch() {
        // a file that has shrunk gives a short read
    }

    @Override
    public void read(long row, int count, int at, Batch into) throws IOException {
        int file = file(row);
        stage(file, row - fileStart[file], count);
        int end = Math.min(at + count, into.from() + into.size());
        for (int sample = Math.max(at, into.from()); sample < end; sample++) {
            int stagedRow = sample - at;
            int label = staged.get((long) stagedRow * WIDTH);
            if (label != 0 && label != 1) {
                throw refusal(file, row + stagedRow, "label", label, 1);
            }
            into.labels().set(sample - into.from(), label);
            readDense(file, row, stagedRow, into, sample - into.from());
        }
        for (int t = 0; t < CriteoRow.TABLES; t++) {
            if (into.has(t)) {
                readIds(file, row, count, t, at, into);
            }
        }
    }

    private void readDense(int file, long row, int stagedRow, Batch into, int local) {
        for (int i = 0; i < CriteoRow.DENSE; i++) {
            int value = staged.get((long) stagedRow * WIDTH + 1 + i);
            if (value < 0) {
                throw refusal(file, row + stagedRow, "I" + (i + 1), value, Integer.MAX_VALUE);
            }
            into.dense().set((long) local * CriteoRow.DENSE + i, CriteoRow.logOfCount(value));
        }
    }

    private void readIds(int file, long row, int count, int table, int at, Batch into) {
        long rows = schema.tables().get(table).rows();
        Ints ids = into.bags(table).ids();
        for (int i = 0; i < count; i++) {
            int id = staged.get((long) i * WIDTH + 1 + CriteoRow.DENSE + table);
            int reduced = maxIndRange > 0 && id >= 0 ? (int) (id % maxIndRange) : id;
            if (reduced < 0 || reduced >= rows) {
                throw refusal(file, row + i, schema.tables().get(table).name(), reduced, rows - 1);
            }
            ids.set(at + i, reduced);
        }
        into.bags(table).count(at + count);
    }

    private void stage(int file, long row, int count) throws IOException {
        stagedBytes.clear().limit(count * ROW_BYTES);
        long position = row * ROW_BYTES;
        while (stagedBytes.hasRemaining()) {
            if (channels.get(file).read(stagedBytes, position + stagedBytes.position()) < 0) {
                throw new DataException("%s: ends before row %d; it has shrunk since it was opened"
                        .formatted(files.get(file), row + count));
            }
        }
    }

    private DataException refusal(int file, long row, String column, int value, long max) {
        return new DataException("%s: row %d, column %s: value=%d, want 0 to %d"
                .formatted(files.get(file), row - fileStart[file], column, value, max));
    }

    private int file(long row) {
        int file = 0;
        while (row >= fileStart[file + 1]) {
            file++;
        }
        return file;
    }

    @Override
    public void close() {
        try {
            for (FileChannel channel : channels) {
                channel.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(files.toString(), e);
        } finally {
            memory.close();
        }
    }
}
