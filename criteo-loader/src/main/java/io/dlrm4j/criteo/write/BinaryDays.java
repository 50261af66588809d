package io.dlrm4j.criteo.write;

import io.dlrm4j.criteo.store.BinaryRows;
import io.dlrm4j.criteo.store.CriteoRow;
import io.dlrm4j.criteo.store.DayFiles;
import io.dlrm4j.criteo.store.Manifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// The three files of the MLPerf binary. Everything is written to the first; test and validation leave it at the end.
final class BinaryDays implements DaySink {
    private static final int ROW_BYTES = BinaryRows.WIDTH * Integer.BYTES;
    private static final int COPIED_ROWS = 8_192;

    private final Path folder;
    private final FileChannel train;
    private final List<Long> rowsPerDay = new ArrayList<>();
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private long rows;
    private long dayStart;

    BinaryDays(Path folder) throws IOException {
        this.folder = folder;
        this.train = create(DayFiles.TRAIN_BINARY);
    }

    private FileChannel create(String name) throws IOException {
        return FileChannel.open(
                folder.resolve(name), StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    @Override
    public void append(int from, int to, int[] labels, float[] dense, int[] counts, int[] ids) throws IOException {
        IntBuffer ints = room(to - from).asIntBuffer();
        for (int row = from; row < to; row++) {
            ints.put(labels[row]);
            ints.put(counts, row * CriteoRow.DENSE, CriteoRow.DENSE);
            ints.put(ids, row * CriteoRow.TABLES, CriteoRow.TABLES);
        }
        write(train, rows);
        rows += to - from;
    }

    private ByteBuffer room(int count) {
        if (buffer.capacity() < count * ROW_BYTES) {
            buffer = ByteBuffer.allocateDirect(count * ROW_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        }
        return buffer.clear().limit(count * ROW_BYTES);
    }

    private void write(FileChannel to, long row) throws IOException {
        while (buffer.hasRemaining()) {
            to.write(buffer, row * ROW_BYTES + buffer.position());
        }
    }

    @Override
    public void endDay() {
        rowsPerDay.add(rows - dayStart);
        dayStart = rows;
    }

    @Override
    public void cut(List<Long> wanted) {
        rowsPerDay.clear();
        rowsPerDay.addAll(wanted);
        dayStart = rows;
    }

    @Override
    public List<Long> finish() throws IOException {
        if (rows > dayStart) {
            endDay();
        }
        Manifest.Rows split = Manifest.Rows.split(rowsPerDay);
        moveTail(split.training() + split.test(), DayFiles.VALIDATION_BINARY);
        moveTail(split.training(), DayFiles.TEST_BINARY);
        train.force(true);
        train.close();
        return List.copyOf(rowsPerDay);
    }

    private void moveTail(long firstRow, String name) throws IOException {
        try (FileChannel to = create(name)) {
            for (long row = firstRow; row < rows; row += COPIED_ROWS) {
                room((int) Math.min(COPIED_ROWS, rows - row));
                while (buffer.hasRemaining()) {
                    if (train.read(buffer, row * ROW_BYTES + buffer.position()) < 0) {
                        throw new IOException("%s: was cut while it was written".formatted(DayFiles.TRAIN_BINARY));
                    }
                }
                buffer.flip();
                write(to, row - firstRow);
            }
            to.force(true);
        }
        train.truncate(firstRow * ROW_BYTES);
        rows = firstRow;
    }

    @Override
    public List<Manifest.FileEntry> knownEntries() {
        return List.of(); // of one file, whose end was moved to others
    }

    @Override
    public List<StoredIds> trainingIds() {
        return List.of(
                ids(DayFiles.TRAIN_BINARY, Manifest.Rows.split(rowsPerDay).training()));
    }

    @Override
    public List<StoredIds> lastDayIds() {
        Manifest.Rows split = Manifest.Rows.split(rowsPerDay);
        return List.of(ids(DayFiles.TEST_BINARY, split.test()), ids(DayFiles.VALIDATION_BINARY, split.validation()));
    }

    private StoredIds ids(String name, long count) {
        return new StoredIds(folder.resolve(name), 0, count, BinaryRows.WIDTH, 1 + CriteoRow.DENSE);
    }

    @Override
    public void close() throws IOException {
        train.close();
    }
}
