package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.model.Parameter;
import io.dlrm4j.trainer.manifest.ShardFile;
import io.dlrm4j.trainer.manifest.TableShard;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Writes one rank's part of a checkpoint as safetensors files, through two buffers of fixed size.
///
/// @param folder where the files go
/// @param block buffer of one block of a file
/// @param staging buffer of whole rows on their way
record ContentsWriter(Path folder, MemorySegment block, Floats staging) {
    static final String DENSE_FILE = "dense.safetensors";

    /// Writes weights and state of both MLPs, each parameter by its name, its state as `state.` + name.
    ShardFile writeDense(Contents contents) throws IOException {
        List<Parameter> parameters = contents.shape().denseParameters();
        boolean hasState = contents.dense().state().length() > 0;
        List<TensorEntry> tensors = new ArrayList<>();
        long next = 0;
        for (String prefix : hasState ? List.of("", "state.") : List.of("")) {
            for (Parameter parameter : parameters) {
                TensorEntry tensor = new TensorEntry(prefix + parameter.name(), parameter.shape(), next);
                tensors.add(tensor);
                next = tensor.to();
            }
        }
        try (BlockWriter out = new BlockWriter(folder, DENSE_FILE, block)) {
            out.write(MemorySegment.ofArray(TensorEntry.header(tensors)));
            out.write(contents.dense().weights().segment()); // the parameters fill the buffers without gaps
            if (hasState) {
                out.write(contents.dense().state().segment());
            }
            return out.finish();
        }
    }

    /// Writes weights and state of this rank's rows.
    ShardFile writeRows(String file, List<Contents.Rows> rows) throws IOException {
        List<TensorEntry> tensors = new ArrayList<>();
        long next = 0;
        for (Contents.Rows part : rows) {
            EmbeddingTable table = part.part();
            TensorEntry weight = new TensorEntry(part.tensor(), List.of(table.rows(), (long) table.dim()), next);
            tensors.add(weight);
            next = weight.to();
            if (table.stateWidth() > 0) {
                List<Long> shape =
                        table.stateWidth() == 1 ? List.of(table.rows()) : List.of(table.rows(), (long) table.dim());
                TensorEntry state = new TensorEntry("state." + part.tensor(), shape, next);
                tensors.add(state);
                next = state.to();
            }
        }
        try (BlockWriter out = new BlockWriter(folder, file, block)) {
            out.write(MemorySegment.ofArray(TensorEntry.header(tensors)));
            for (Contents.Rows part : rows) {
                write(out, part.part());
            }
            return out.finish();
        }
    }

    /// @return where the rows lie, for the manifest
    static List<TableShard> shards(String file, List<Contents.Rows> rows) {
        List<TableShard> shards = new ArrayList<>();
        for (Contents.Rows part : rows) {
            shards.add(TableShard.newBuilder()
                    .setTable(part.table())
                    .setFirstRow(part.firstRow())
                    .setRows(part.part().rows())
                    .setFile(file)
                    .build());
        }
        return shards;
    }

    private void write(BlockWriter out, EmbeddingTable table) throws IOException {
        long step = staging.length() / table.dim();
        for (long row = 0; row < table.rows(); row += step) {
            long count = Math.min(step, table.rows() - row);
            Floats piece = staging.slice(0, count * table.dim());
            table.readWeights(row, count, piece);
            out.write(piece.segment());
        }
        for (long row = 0; table.stateWidth() > 0 && row < table.rows(); row += step) {
            long count = Math.min(step, table.rows() - row);
            Floats piece = staging.slice(0, count * table.stateWidth());
            table.readState(row, count, piece);
            out.write(piece.segment());
        }
    }
}
