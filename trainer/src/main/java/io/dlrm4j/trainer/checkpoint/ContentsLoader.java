package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.model.Parameter;
import io.dlrm4j.trainer.manifest.CheckpointManifest;
import io.dlrm4j.trainer.manifest.ShardFile;
import io.dlrm4j.trainer.manifest.TableShard;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads one rank's part of a checkpoint that any number of ranks wrote: of every file only the rows needed here.
final class ContentsLoader implements AutoCloseable {
    private final Path folder;
    private final CheckpointManifest manifest;
    private final MemorySegment block;
    private final Floats staging;
    private final Map<String, ShardFile> files = new HashMap<>();
    private @Nullable TensorFile open;
    private String openName = "";

    /// @param block buffer of one block of a file
    /// @param staging buffer of whole rows on their way
    ContentsLoader(Path folder, CheckpointManifest manifest, MemorySegment block, Floats staging) {
        this.folder = folder;
        this.manifest = manifest;
        this.block = block;
        this.staging = staging;
        manifest.getFilesList().forEach(file -> files.put(file.getName(), file));
    }

    /// Fills all of `contents`.
    ///
    /// @throws CheckpointException when a row is in none of the files or a block is damaged
    void load(Contents contents) throws IOException {
        for (Parameter parameter : contents.shape().denseParameters()) {
            loadParameter(parameter.name(), parameter, contents.dense().weights());
            if (contents.dense().state().length() > 0) {
                loadParameter(
                        "state." + parameter.name(), parameter, contents.dense().state());
            }
        }
        contents.dense().weightsChanged();
        for (Contents.Rows rows : contents.rows()) {
            loadRows(rows);
        }
    }

    private void loadParameter(String tensor, Parameter parameter, Floats flat) throws IOException {
        file(ContentsWriter.DENSE_FILE).read(tensor, 0, flat.slice(parameter.offset(), parameter.count()));
    }

    private void loadRows(Contents.Rows rows) throws IOException {
        long loaded = 0;
        long end = rows.firstRow() + rows.part().rows();
        for (TableShard shard : manifest.getShardsList()) {
            long from = Math.max(rows.firstRow(), shard.getFirstRow());
            long to = Math.min(end, shard.getFirstRow() + shard.getRows());
            if (shard.getTable() == rows.table() && from < to) {
                loadOverlap(rows, shard, from, to);
                loaded += to - from;
            }
        }
        if (loaded != rows.part().rows()) {
            throw new CheckpointException("%s: %d of rows %d to %d of table %d, want each of them once"
                    .formatted(folder, loaded, rows.firstRow(), end, rows.table()));
        }
    }

    private void loadOverlap(Contents.Rows rows, TableShard shard, long from, long to) throws IOException {
        EmbeddingTable table = rows.part();
        TensorFile file = file(shard.getFile());
        String tensor = "emb.%d.weight[%d:%d]"
                .formatted(shard.getTable(), shard.getFirstRow(), shard.getFirstRow() + shard.getRows());
        long step = staging.length() / table.dim();
        for (long row = from; row < to; row += step) {
            long count = Math.min(step, to - row);
            Floats piece = staging.slice(0, count * table.dim());
            file.read(tensor, (row - shard.getFirstRow()) * table.dim(), piece);
            table.writeWeights(row - rows.firstRow(), count, piece);
        }
        int width = table.stateWidth();
        for (long row = from; width > 0 && row < to; row += step) {
            long count = Math.min(step, to - row);
            Floats piece = staging.slice(0, count * width);
            file.read("state." + tensor, (row - shard.getFirstRow()) * width, piece);
            table.writeState(row - rows.firstRow(), count, piece);
        }
    }

    /// Opens a file, and closes the one that was open: they share the buffer of one block.
    private TensorFile file(String name) throws IOException {
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
