package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.Parameter;
import io.dlrm4j.trainer.manifest.CheckpointManifest;
import io.dlrm4j.trainer.manifest.ShardFile;
import io.dlrm4j.trainer.manifest.TableShard;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads any rows of a checkpoint that any number of ranks wrote, from its base and from itself, of every file only the
/// blocks that are needed.
final class CheckpointReader implements Closeable {
    private final Layer newest;
    private final @Nullable Layer base;
    private final Map<TableShard, long[]> touched = new HashMap<>();
    private int touchedTable = -1;

    /// One folder; its files share a buffer of one block, so one of them is open at a time.
    private static final class Layer implements Closeable {
        private final Path folder;
        private final CheckpointManifest manifest;
        private final MemorySegment block;
        private final Map<String, ShardFile> files = new HashMap<>();
        private @Nullable TensorFile open;
        private String openName = "";

        Layer(Path folder, CheckpointManifest manifest, MemorySegment block) {
            this.folder = folder;
            this.manifest = manifest;
            this.block = block;
            manifest.getFilesList().forEach(file -> files.put(file.getName(), file));
        }

        TensorFile file(String name) throws IOException {
            TensorFile found = open;
            if (found == null || !name.equals(openName)) {
                close();
                ShardFile file = files.get(name);
                if (file == null) {
                    throw new CheckpointException("%s: file %s is not in the manifest".formatted(folder, name));
                }
                found = new TensorFile(folder, file, block, manifest.getBlockBytes());
                open = found;
                openName = name;
            }
            return found;
        }

        @Override
        public void close() throws IOException {
            if (open != null) {
                open.close();
                open = null;
            }
        }
    }

    /// @param chain the checkpoint and its base
    /// @param block buffer of one block of a file
    /// @param baseBlock another
    CheckpointReader(Chain chain, MemorySegment block, MemorySegment baseBlock) {
        this.newest = new Layer(chain.path(), chain.manifest(), block);
        CheckpointManifest below = chain.baseManifest();
        this.base = below == null ? null : new Layer(chain.basePath(), below, baseBlock);
    }

    /// Copies weights or state of both MLPs.
    ///
    /// @param prefix `state.` for the state, empty for the weights
    /// @param flat all parameters in the order of the shape
    void readDense(String prefix, DlrmShape shape, Floats flat) throws IOException {
        TensorFile file = newest.file(RankFiles.DENSE_FILE);
        for (Parameter parameter : shape.denseParameters()) {
            file.read(prefix + parameter.name(), 0, flat.slice(parameter.offset(), parameter.count()));
        }
    }

    /// Copies weights or state of `count` rows of a table from `firstRow` on.
    ///
    /// @param prefix `state.` for the state, empty for the weights
    /// @param width floats of each row
    /// @throws CheckpointException when a row is in none of the files or a block is damaged
    void readRows(String prefix, int table, long firstRow, long count, int width, Floats out) throws IOException {
        Layer full = base == null ? newest : base;
        long end = firstRow + count;
        long read = 0;
        for (TableShard shard : full.manifest.getShardsList()) {
            long from = Math.max(firstRow, shard.getFirstRow());
            long to = Math.min(end, shard.getFirstRow() + shard.getRows());
            if (shard.getTable() == table && from < to) {
                Floats piece = out.slice((from - firstRow) * width, (to - from) * width);
                full.file(shard.getFile()).read(prefix + tensor(shard), (from - shard.getFirstRow()) * width, piece);
                read += to - from;
            }
        }
        if (read != count) {
            throw new CheckpointException("%s: %d of rows %d to %d of table %d, want each of them once"
                    .formatted(full.folder, read, firstRow, end, table));
        }
        if (base != null) {
            overlay(prefix, table, firstRow, end, width, out);
        }
    }

    /// Replaces the rows that were touched after the base.
    private void overlay(String prefix, int table, long firstRow, long end, int width, Floats out) throws IOException {
        for (TableShard shard : newest.manifest.getShardsList()) {
            long shardEnd = shard.getFirstRow() + shard.getRows();
            if (shard.getTable() != table || shard.getFirstRow() >= end || shardEnd <= firstRow) {
                continue;
            }
            TensorFile file = newest.file(shard.getFile());
            long[] rows = touchedRows(file, shard);
            int at = place(rows, firstRow - shard.getFirstRow());
            int last = place(rows, end - shard.getFirstRow());
            while (at < last) {
                int run = 1; // neighbours in the table are neighbours in the file
                while (at + run < last && rows[at + run] == rows[at] + run) {
                    run++;
                }
                long row = rows[at] + shard.getFirstRow() - firstRow;
                file.read(
                        prefix + RankFiles.TOUCHED + tensor(shard),
                        (long) at * width,
                        out.slice(row * width, (long) run * width));
                at += run;
            }
        }
    }

    private long[] touchedRows(TensorFile file, TableShard shard) throws IOException {
        if (shard.getTable() != touchedTable) {
            touched.clear();
            touchedTable = shard.getTable();
        }
        long[] rows = touched.get(shard);
        if (rows == null) {
            rows = file.readLongs(RankFiles.ROW_NUMBERS + tensor(shard), Math.toIntExact(shard.getTouchedRows()));
            requireAscending(rows, shard);
            touched.put(shard, rows);
        }
        return rows;
    }

    private void requireAscending(long[] rows, TableShard shard) {
        long before = -1;
        for (long row : rows) {
            if (row <= before || row >= shard.getRows()) {
                throw new CheckpointException("%s: row %d of %s after row %d, want ascending rows below %d"
                        .formatted(newest.folder, row, tensor(shard), before, shard.getRows()));
            }
            before = row;
        }
    }

    private static int place(long[] rows, long row) {
        int found = Arrays.binarySearch(rows, row);
        return found < 0 ? -found - 1 : found;
    }

    private static String tensor(TableShard shard) {
        return RowSource.tensor(shard.getTable(), shard.getFirstRow(), shard.getRows());
    }

    /// @param stateWidth floats of state of each row
    /// @return rows of a table as the checkpoint has them; valid until this is closed
    RowSource rows(int table, long firstRow, long rows, int dim, int stateWidth) {
        return new StoredRows(this, table, firstRow, rows, dim, stateWidth);
    }

    private record StoredRows(CheckpointReader reader, int table, long firstRow, long rows, int dim, int stateWidth)
            implements RowSource {
        @Override
        public void readWeights(long first, long count, Floats out) throws IOException {
            reader.readRows("", table, firstRow + first, count, dim, out);
        }

        @Override
        public void readState(long first, long count, Floats out) throws IOException {
            reader.readRows(RankFiles.STATE, table, firstRow + first, count, stateWidth, out);
        }
    }

    @Override
    public void close() throws IOException {
        newest.close();
        if (base != null) {
            base.close();
        }
    }
}
