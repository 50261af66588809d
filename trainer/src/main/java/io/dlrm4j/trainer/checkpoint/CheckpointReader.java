package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.kernel.DenseKernels;
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
    private static final DenseKernels KERNELS = DenseKernels.best();

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

    /// @return whether some rank had gradients left that it had not sent
    boolean hasLeft() {
        return newest.files.containsKey(RankFiles.leftFile(0));
    }

    /// Gives rank `rank` of `ranks` what it takes over: of as many ranks as wrote it, what it had left itself,
    /// with the thresholds; of another number the sum of what some ranks had left, so that all together have what
    /// they had.
    ///
    /// @param gradients number of gradients; what is behind them in `left`, thresholds, keeps its value unless
    ///     the ranks and their buckets are the same
    void readLeft(int rank, int ranks, long gradients, Floats left, Floats staging) throws IOException {
        int before = newest.manifest.getRanks();
        if (before == ranks && newest.file(RankFiles.leftFile(rank)).length(RankFiles.LEFT) == left.length()) {
            newest.file(RankFiles.leftFile(rank)).read(RankFiles.LEFT, 0, left);
            return;
        }
        for (int from = rank; from < before; from += ranks) {
            TensorFile file = newest.file(RankFiles.leftFile(from));
            for (long at = 0; at < gradients; at += staging.length()) {
                long count = Math.min(staging.length(), gradients - at);
                Floats piece = staging.slice(0, count);
                file.read(RankFiles.LEFT, at, piece);
                KERNELS.add(left.segment(), at * Float.BYTES, piece.segment(), 0, count);
            }
        }
    }

    /// Some of a table's numbers as somebody wants them, `[count, columns]`.
    private record Wanted(int table, long firstRow, long count, Columns columns, Floats out) {
        long end() {
            return firstRow + count;
        }

        /// Copies what a tensor of this table has of them, rows as wide as wanted in one piece.
        ///
        /// @param stored columns of the tensor
        /// @param at row of the tensor from which on to copy
        /// @param row the same row's number in the table
        void read(TensorFile file, String tensor, Columns stored, long at, long row, long rows) throws IOException {
            if (stored.equals(columns)) {
                int width = columns.count();
                file.read(tensor, at * width, out.slice((row - firstRow) * width, rows * width));
                return;
            }
            Columns both = stored.both(columns);
            for (long i = 0; i < rows; i++) {
                long to = (row + i - firstRow) * columns.count() + both.first() - columns.first();
                file.read(
                        tensor, (at + i) * stored.count() + both.first() - stored.first(), out.slice(to, both.count()));
            }
        }
    }

    /// Copies weights or state of rows of a table.
    ///
    /// @param prefix `state.` for the state, empty for the weights
    /// @param width numbers of each whole row
    /// @throws CheckpointException when a number is in none of the files or a block is damaged
    private void readRows(String prefix, Wanted wanted, int width) throws IOException {
        Layer full = base == null ? newest : base;
        Columns whole = new Columns(0, width);
        long read = 0;
        for (TableShard shard : full.manifest.getShardsList()) {
            Columns stored = Columns.of(shard, whole);
            long from = Math.max(wanted.firstRow, shard.getFirstRow());
            long to = Math.min(wanted.end(), shard.getFirstRow() + shard.getRows());
            int columns = stored.both(wanted.columns).count();
            if (shard.getTable() == wanted.table && from < to && columns > 0) {
                TensorFile file = full.file(shard.getFile());
                wanted.read(file, prefix + tensor(shard), stored, from - shard.getFirstRow(), from, to - from);
                read += (to - from) * columns;
            }
        }
        if (read != wanted.count * wanted.columns.count()) {
            throw new CheckpointException("%s: %d numbers of rows %d to %d of table %d, want %d, each of them once"
                    .formatted(
                            full.folder,
                            read,
                            wanted.firstRow,
                            wanted.end(),
                            wanted.table,
                            wanted.count * wanted.columns.count()));
        }
        if (base != null) {
            overlay(prefix, wanted, whole);
        }
    }

    /// Replaces the rows that were touched after the base.
    private void overlay(String prefix, Wanted wanted, Columns whole) throws IOException {
        for (TableShard shard : newest.manifest.getShardsList()) {
            long shardEnd = shard.getFirstRow() + shard.getRows();
            Columns stored = Columns.of(shard, whole);
            if (shard.getTable() != wanted.table
                    || shard.getFirstRow() >= wanted.end()
                    || shardEnd <= wanted.firstRow
                    || stored.both(wanted.columns).count() == 0) {
                continue;
            }
            TensorFile file = newest.file(shard.getFile());
            long[] rows = touchedRows(file, shard);
            int at = place(rows, wanted.firstRow - shard.getFirstRow());
            int last = place(rows, wanted.end() - shard.getFirstRow());
            while (at < last) {
                int run = 1; // neighbours in the table are neighbours in the file
                while (at + run < last && rows[at + run] == rows[at] + run) {
                    run++;
                }
                String tensor = prefix + RankFiles.TOUCHED + tensor(shard);
                wanted.read(file, tensor, stored, at, rows[at] + shard.getFirstRow(), run);
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
        return RowSource.tensor(shard.getTable(), shard.getFirstRow(), shard.getRows(), Columns.of(shard));
    }

    /// @param like which rows and columns of which table, and how wide
    /// @return these rows as the checkpoint has them; valid until this is closed
    RowSource rows(RowSource like) {
        return rows(like.table(), like.firstRow(), like.rows(), like.columns(), like.dim(), like.stateWidth());
    }

    /// @param columns null: all
    /// @param dim floats of each row
    /// @param stateWidth floats of state of each row
    /// @return rows of a table as the checkpoint has them; valid until this is closed
    RowSource rows(int table, long firstRow, long rows, @Nullable Columns columns, int dim, int stateWidth) {
        return new StoredRows(this, table, firstRow, rows, columns, dim, stateWidth);
    }

    /// State has a number for each column, or one for the row.
    private record StoredRows(
            CheckpointReader reader,
            int table,
            long firstRow,
            long rows,
            @Nullable Columns columns,
            int dim,
            int stateWidth)
            implements RowSource {
        @Override
        public void readWeights(long first, long count, Floats out) throws IOException {
            read("", dim, first, count, out);
        }

        @Override
        public void readState(long first, long count, Floats out) throws IOException {
            String rule = reader.newest.manifest.getShape().getTableRule();
            if (rule.equals(OptimizerKind.ROW_WISE_ADAGRAD.name())) {
                Columns one = new Columns(0, 1);
                reader.readRows(RankFiles.STATE, new Wanted(table, firstRow + first, count, one, out), 1);
            } else {
                read(RankFiles.STATE, stateWidth, first, count, out);
            }
        }

        private void read(String prefix, int width, long first, long count, Floats out) throws IOException {
            Columns some = columns == null ? new Columns(0, width) : columns;
            int whole =
                    columns == null ? width : reader.newest.manifest.getShape().getEmbeddingDim();
            reader.readRows(prefix, new Wanted(table, firstRow + first, count, some, out), whole);
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
