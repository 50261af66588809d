package io.dlrm4j.criteo.write;

import io.dlrm4j.criteo.npy.NpyType;
import io.dlrm4j.criteo.npy.NpyWriter;
import io.dlrm4j.criteo.store.DayFiles;
import io.dlrm4j.criteo.store.Manifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Days of three `.npy` files each.
final class NpyDays implements DaySink {
    private final Path folder;
    private final int denseFeatures;
    private final int tables;
    private final List<Long> rowsPerDay = new ArrayList<>();
    private final List<Manifest.FileEntry> known = new ArrayList<>();
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private @Nullable Day open;

    /// The three files of the day that is being written.
    private record Day(NpyWriter dense, NpyWriter sparse, NpyWriter labels) {
        void moveTail(long firstRow, Day to) throws IOException {
            dense.moveTail(firstRow, to.dense);
            sparse.moveTail(firstRow, to.sparse);
            labels.moveTail(firstRow, to.labels);
        }

        void close() throws IOException {
            try (dense;
                    sparse;
                    labels) {
                // all three, also when one fails
            }
        }
    }

    NpyDays(Path folder, int denseFeatures, int tables) {
        this.folder = folder;
        this.denseFeatures = denseFeatures;
        this.tables = tables;
    }

    /// How a file of a day is opened.
    private interface Opening {
        NpyWriter open(Path file, NpyType type, List<Long> rowShape) throws IOException;
    }

    private Day day(int day, Opening opening) throws IOException {
        return new Day(
                opening.open(folder.resolve(DayFiles.dense(day)), NpyType.FLOAT32, List.of((long) denseFeatures)),
                opening.open(folder.resolve(DayFiles.sparse(day)), NpyType.INT32, List.of((long) tables)),
                opening.open(folder.resolve(DayFiles.labels(day)), NpyType.INT32, List.of(1L)));
    }

    private Day day() throws IOException {
        Day found = open;
        if (found == null) {
            found = day(rowsPerDay.size(), NpyWriter::create);
            open = found;
        }
        return found;
    }

    @Override
    public void append(int from, int to, int[] labels, float[] dense, int[] counts, int[] ids) throws IOException {
        Day day = day();
        int rows = to - from;
        ByteBuffer floats = room(rows * denseFeatures);
        floats.asFloatBuffer().put(dense, from * denseFeatures, rows * denseFeatures);
        day.dense.write(floats);
        ByteBuffer ints = room(rows * tables);
        ints.asIntBuffer().put(ids, from * tables, rows * tables);
        day.sparse.write(ints);
        ints = room(rows);
        ints.asIntBuffer().put(labels, from, rows);
        day.labels.write(ints);
    }

    private ByteBuffer room(int values) {
        int bytes = values * Integer.BYTES;
        if (buffer.capacity() < bytes) {
            buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }
        return buffer.clear().limit(bytes);
    }

    @Override
    public void endDay() throws IOException {
        Day day = day();
        rowsPerDay.add(day.labels.rows());
        open = null;
        day.close();
        for (NpyWriter file : List.of(day.dense, day.sparse, day.labels)) {
            file.entry().ifPresent(known::add);
        }
    }

    /// The last day leaves first, so that at no time more than one day is on the disk twice.
    @Override
    public void cut(List<Long> wanted) throws IOException {
        if (open == null && rowsPerDay.equals(wanted)) {
            return;
        }
        Day all = merged();
        known.clear();
        long end = all.labels.rows();
        for (int day = wanted.size() - 1; day > 0; day--) {
            end -= wanted.get(day);
            Day target = day(day, NpyWriter::create);
            try {
                all.moveTail(end, target);
            } finally {
                target.close();
            }
        }
        open = null;
        all.close();
        rowsPerDay.addAll(wanted);
    }

    /// Moves all days to the first.
    private Day merged() throws IOException {
        if (rowsPerDay.isEmpty()) {
            return day();
        }
        if (open != null) {
            endDay();
        }
        Day all = day(0, NpyWriter::reopen);
        open = all;
        for (int day = 1; day < rowsPerDay.size(); day++) {
            Day next = day(day, NpyWriter::reopen);
            try {
                next.moveTail(0, all);
            } finally {
                next.close();
            }
            Files.delete(folder.resolve(DayFiles.dense(day)));
            Files.delete(folder.resolve(DayFiles.sparse(day)));
            Files.delete(folder.resolve(DayFiles.labels(day)));
        }
        rowsPerDay.clear();
        return all;
    }

    @Override
    public List<Long> finish() throws IOException {
        if (open != null) {
            endDay();
        }
        return List.copyOf(rowsPerDay);
    }

    @Override
    public List<Manifest.FileEntry> knownEntries() {
        return List.copyOf(known);
    }

    @Override
    public List<StoredIds> trainingIds() {
        List<StoredIds> all = new ArrayList<>();
        for (int day = 0; day < rowsPerDay.size() - 1; day++) {
            all.add(ids(day));
        }
        return all;
    }

    @Override
    public List<StoredIds> lastDayIds() {
        return List.of(ids(rowsPerDay.size() - 1));
    }

    private StoredIds ids(int day) {
        Path file = folder.resolve(DayFiles.sparse(day));
        return new StoredIds(file, NpyWriter.HEADER_BYTES, rowsPerDay.get(day), tables, 0);
    }

    @Override
    public void close() throws IOException {
        Day left = open;
        open = null;
        if (left != null) {
            left.close();
        }
    }
}
