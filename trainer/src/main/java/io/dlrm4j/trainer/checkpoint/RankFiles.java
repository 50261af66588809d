package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.Parameter;
import io.dlrm4j.trainer.manifest.TableShard;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Lays out the safetensors files of one rank: the MLPs, all rows, or the touched ones.
///
/// @param staging buffer of whole rows on their way
/// @param guard looks at all values on their way; null: nobody does
record RankFiles(Floats staging, @Nullable FiniteGuard guard) {
    static final String DENSE_FILE = "dense.safetensors";

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Of whose names those of tensors are made.
    static final String STATE = "state.";
    static final String TOUCHED = "touched.";
    static final String ROW_NUMBERS = "rows.";
    static final String LEFT = "left";

    /// Tensors of one file, one behind the other.
    private static final class Layout {
        private final List<TensorEntry> tensors = new ArrayList<>();
        private long next;

        void add(String name, TensorEntry.Type type, List<Long> shape) {
            TensorEntry tensor = new TensorEntry(name, type, shape, next);
            tensors.add(tensor);
            next = tensor.to();
        }

        void add(String name, List<Long> shape) {
            add(name, TensorEntry.Type.F32, shape);
        }

        FileImage image(String file, FileImage.Body data) {
            byte[] header = TensorEntry.header(tensors);
            return new FileImage(file, header.length + next, out -> {
                out.write(MemorySegment.ofArray(header));
                data.writeTo(out);
            });
        }
    }

    /// @return file name of a rank's rows
    static String rowsFile(int rank) {
        return "rank-%04d.safetensors".formatted(rank);
    }

    /// Weights and state of both MLPs, each parameter by its name, its state as `state.` + name.
    ///
    /// @param weights of all parameters in the order of the shape, without gaps
    /// @param state the same, or empty
    FileImage dense(DlrmShape shape, Floats weights, Floats state) {
        Layout layout = new Layout();
        boolean hasState = state.length() > 0;
        for (String prefix : hasState ? List.of("", STATE) : List.of("")) {
            for (Parameter parameter : shape.denseParameters()) {
                layout.add(prefix + parameter.name(), parameter.shape());
            }
        }
        return layout.image(DENSE_FILE, out -> {
            if (guard != null) {
                guard.check(shape, "", weights);
                guard.check(shape, STATE, state);
            }
            out.write(weights.segment());
            if (hasState) {
                out.write(state.segment());
            }
        });
    }

    /// @return file name of what a rank has not sent yet
    static String leftFile(int rank) {
        return "dct-%04d.safetensors".formatted(rank);
    }

    /// What a rank has not sent yet: gradients `[P]`, then a threshold for each bucket.
    FileImage left(int rank, Floats left) {
        Layout layout = new Layout();
        layout.add(LEFT, List.of(left.length()));
        return layout.image(leftFile(rank), out -> {
            if (guard != null) {
                guard.checkLeft(left);
            }
            out.write(left.segment());
        });
    }

    /// All weights of a checkpoint under plain names, without any state: one tensor a table.
    FileImage plain(StoredModel model, String file) throws IOException {
        Layout layout = new Layout();
        for (Parameter parameter : model.shape().denseParameters()) {
            layout.add(parameter.name(), parameter.shape());
        }
        for (int table = 0; table < model.shape().tables().size(); table++) {
            long rows = model.shape().tables().get(table);
            layout.add("emb.%d.weight".formatted(table), List.of(rows, (long)
                    model.shape().embeddingDim()));
        }
        Floats dense = model.denseWeights();
        return layout.image(file, out -> {
            out.write(dense.segment());
            for (int table = 0; table < model.shape().tables().size(); table++) {
                writeWeights(out, model.table(table));
            }
        });
    }

    /// Weights and state of all of these rows.
    FileImage full(String file, List<? extends RowSource> rows) {
        Layout layout = new Layout();
        for (RowSource part : rows) {
            layout.add(part.tensor(), List.of(part.rows(), (long) part.dim()));
            if (part.stateWidth() > 0) {
                layout.add(STATE + part.tensor(), stateShape(part, part.rows()));
            }
        }
        return layout.image(file, out -> {
            for (RowSource part : rows) {
                writeWeights(out, part);
                writeState(out, part);
            }
        });
    }

    /// Weights and state of some of these rows, and their numbers before those (eight bytes wide, so they come first).
    ///
    /// @param touched of each part the rows, ascending, counted from its first
    FileImage touched(String file, List<? extends RowSource> rows, List<long[]> touched) {
        Layout layout = new Layout();
        for (int i = 0; i < rows.size(); i++) {
            layout.add(ROW_NUMBERS + rows.get(i).tensor(), TensorEntry.Type.I64, List.of((long) touched.get(i).length));
        }
        for (int i = 0; i < rows.size(); i++) {
            RowSource part = rows.get(i);
            long count = touched.get(i).length;
            layout.add(TOUCHED + part.tensor(), List.of(count, (long) part.dim()));
            if (part.stateWidth() > 0) {
                layout.add(STATE + TOUCHED + part.tensor(), stateShape(part, count));
            }
        }
        return layout.image(file, out -> {
            for (long[] numbers : touched) {
                writeNumbers(out, numbers);
            }
            for (int i = 0; i < rows.size(); i++) {
                RowSource part = rows.get(i);
                writeSome(out, part, touched.get(i), false);
                writeSome(out, part, touched.get(i), true);
            }
        });
    }

    private static List<Long> stateShape(RowSource part, long count) {
        return part.stateWidth() == 1 ? List.of(count) : List.of(count, (long) part.stateWidth());
    }

    /// @return where the rows lie, for the manifest
    static List<TableShard> shards(String file, List<? extends RowSource> rows) {
        List<TableShard> shards = new ArrayList<>();
        for (RowSource part : rows) {
            TableShard.Builder shard = TableShard.newBuilder()
                    .setTable(part.table())
                    .setFirstRow(part.firstRow())
                    .setRows(part.rows())
                    .setFile(file);
            Columns columns = part.columns();
            if (columns != null) {
                shard.setFirstColumn(columns.first()).setColumns(columns.count());
            }
            shards.add(shard.build());
        }
        return shards;
    }

    private void writeWeights(Sink out, RowSource part) throws IOException {
        writeAll(out, part, false);
    }

    private void writeState(Sink out, RowSource part) throws IOException {
        writeAll(out, part, true);
    }

    private static int width(RowSource part, boolean state) {
        return state ? part.stateWidth() : part.dim();
    }

    private static void read(RowSource part, boolean state, long first, long count, Floats out) throws IOException {
        if (state) {
            part.readState(first, count, out);
        } else {
            part.readWeights(first, count, out);
        }
    }

    private void writeAll(Sink out, RowSource part, boolean state) throws IOException {
        int width = width(part, state);
        long step = staging.length() / Math.max(1, width);
        for (long row = 0; width > 0 && row < part.rows(); row += step) {
            long count = Math.min(step, part.rows() - row);
            Floats piece = staging.slice(0, count * width);
            read(part, state, row, count, piece);
            if (guard != null) {
                guard.check(part, state, row, null, width, piece);
            }
            out.write(piece.segment());
        }
    }

    private void writeSome(Sink out, RowSource part, long[] rows, boolean state) throws IOException {
        int width = width(part, state);
        int room = (int) (staging.length() / Math.max(1, width));
        for (int from = 0; width > 0 && from < rows.length; from += room) {
            int to = Math.min(rows.length, from + room);
            for (int at = from; at < to; at++) {
                read(part, state, rows[at], 1, staging.slice((long) (at - from) * width, width));
            }
            Floats piece = staging.slice(0, (long) (to - from) * width);
            if (guard != null) {
                guard.check(part, state, from, rows, width, piece);
            }
            out.write(piece.segment());
        }
    }

    private void writeNumbers(Sink out, long[] numbers) throws IOException {
        MemorySegment buffer = staging.segment();
        int room = (int) (buffer.byteSize() / Long.BYTES);
        for (int from = 0; from < numbers.length; from += room) {
            int count = Math.min(room, numbers.length - from);
            for (int i = 0; i < count; i++) {
                buffer.set(LONG, (long) i * Long.BYTES, numbers[from + i]);
            }
            out.write(buffer.asSlice(0, (long) count * Long.BYTES));
        }
    }
}
