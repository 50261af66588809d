package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.memory.Ints;
import java.util.Arrays;
import java.util.List;

/// Which of a rank's rows have been looked up in training since the last full checkpoint, one bit a row. Update rules
/// move no others, so these are all that differ from it.
///
/// One thread, the one that trains.
public final class TouchedRows {
    private final List<Contents.Rows> rows;
    private final long[][] bits;

    /// @param rows the rows of this rank; all are untouched at first
    public TouchedRows(List<Contents.Rows> rows) {
        this.rows = List.copyOf(rows);
        this.bits = new long[rows.size()][];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = new long[Math.toIntExact(Math.ceilDiv(rows.get(i).rows(), (long) Long.SIZE))];
        }
    }

    /// Marks the rows a batch has trained.
    public void mark(Batch batch) {
        for (int i = 0; i < bits.length; i++) {
            Contents.Rows part = rows.get(i);
            Bags bags = batch.bags(part.table());
            Ints ids = bags.ids();
            long[] marks = bits[i];
            for (int at = 0; at < bags.idCount(); at++) {
                long row = ids.get(at) - part.firstRow();
                if (row >= 0 && row < part.rows()) {
                    marks[(int) (row >>> 6)] |= 1L << row;
                }
            }
        }
    }

    /// @return how many rows of part `index` are touched
    long count(int index) {
        return Arrays.stream(bits[index]).map(Long::bitCount).sum();
    }

    /// @return the touched rows of part `index`, ascending, counted from its first
    long[] rows(int index) {
        long[] marks = bits[index];
        long[] touched = new long[Math.toIntExact(count(index))];
        int next = 0;
        for (int word = 0; word < marks.length; word++) {
            for (long left = marks[word]; left != 0; left &= left - 1) {
                touched[next++] = (long) word * Long.SIZE + Long.numberOfTrailingZeros(left);
            }
        }
        return touched;
    }

    /// A full checkpoint has been taken of the rows as they are now: from here on rows are touched anew. (Should it
    /// fail,
    /// another full one follows, so what was touched before is never asked for again.)
    void clear() {
        for (long[] marks : bits) {
            Arrays.fill(marks, 0);
        }
    }
}
