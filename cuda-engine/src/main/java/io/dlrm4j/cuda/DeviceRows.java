package io.dlrm4j.cuda;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.MemoryLimitException;
import io.dlrm4j.cuda.api.Matrix;

/// Rows of one table on the card, padded to whole pieces of 16 bytes, and the state of their update rule.
final class DeviceRows implements AutoCloseable {
    private static final int FREE_SLOT = -1;

    private final Card card;
    private final String name;
    private final long count;
    private final int dim;
    private final int padded;
    private final int stateWidth;
    private final Matrix.Type type;
    private final long key;
    private final DeviceMemory memory;
    private final long weights;
    private final long state;
    private final long slotOfRow;

    /// @param name as printed: `table 13`
    /// @param type how weights are stored; state is float
    /// @param key of the random numbers by which bfloat16 rows are rounded
    /// @throws MemoryLimitException when the card has not enough memory
    DeviceRows(Card card, String name, long count, int dim, OptimizerKind rule, Matrix.Type type, long key) {
        if (count < 1 || count > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("%s: rows=%d, want 1 to %d; shard the table by rows or hash its ids"
                    .formatted(name, count, Integer.MAX_VALUE));
        }
        this.card = card;
        this.name = name;
        this.count = count;
        this.dim = dim;
        this.padded = Rounding.up(dim, 4);
        this.stateWidth = switch (rule) {
            case SGD -> 0;
            case ROW_WISE_ADAGRAD -> 1;
            case ADAGRAD -> dim;
        };
        this.type = type;
        this.key = key;
        this.memory = new DeviceMemory(card, name);
        try {
            weights = memory.filled("rows", count * padded * type.bytes() / Float.BYTES, 0);
            state = stateWidth == 0 ? 0 : memory.filled("state", count * statePitch(), 0);
            slotOfRow = !needsSlots() ? 0 : memory.filled("slots", count, FREE_SLOT);
        } catch (MemoryLimitException e) {
            memory.close();
            throw e;
        }
    }

    private int statePitch() {
        return stateWidth <= 1 ? stateWidth : padded;
    }

    String name() {
        return name;
    }

    long count() {
        return count;
    }

    int dim() {
        return dim;
    }

    /// @return floats from one row to the next
    int padded() {
        return padded;
    }

    int stateWidth() {
        return stateWidth;
    }

    /// @return device address of the first row
    long weights() {
        return weights;
    }

    /// @return device address of the first row's state, 0 for none
    long state() {
        return state;
    }

    /// @return whether a row must know its whole gradient of a step before it moves
    boolean needsSlots() {
        return stateWidth > 0 || type == Matrix.Type.BF16;
    }

    /// @return key of the random numbers by which its rows are rounded
    long key() {
        return key;
    }

    /// @return device address of one integer a row, 0 where slots are not needed
    long slotOfRow() {
        return slotOfRow;
    }

    void readWeights(long firstRow, long rows, Floats out) {
        requireRows(firstRow, rows);
        card.staging().read(row(firstRow), type, padded, out, 0, dim, dim, rows);
    }

    void writeWeights(long firstRow, long rows, Floats in) {
        requireRows(firstRow, rows);
        card.staging().write(row(firstRow), type, padded, in, 0, dim, dim, rows);
    }

    void readState(long firstRow, long rows, Floats out) {
        requireRows(firstRow, rows);
        if (stateWidth > 0) {
            card.joinRows();
            long from = state + firstRow * statePitch() * Float.BYTES;
            card.staging().read(from, statePitch(), out, 0, stateWidth, stateWidth, rows);
        }
    }

    void writeState(long firstRow, long rows, Floats in) {
        requireRows(firstRow, rows);
        if (stateWidth > 0) {
            card.joinRows();
            long to = state + firstRow * statePitch() * Float.BYTES;
            card.staging().write(to, statePitch(), in, 0, stateWidth, stateWidth, rows);
        }
    }

    /// @return address of a row, for the main lane, which waits for updates on the side lane
    private long row(long number) {
        card.joinRows();
        return weights + number * padded * type.bytes();
    }

    private void requireRows(long firstRow, long rows) {
        if (firstRow < 0 || rows < 0 || firstRow > count - rows) {
            throw new IllegalArgumentException(
                    "%s: %d rows from row %d on, want rows within 0 to %d".formatted(name, rows, firstRow, count - 1));
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
