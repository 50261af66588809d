package io.dlrm4j.criteo.store;

import io.dlrm4j.core.data.DataException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// In which order rows are read: a range as it lies, or a permutation, which takes 4 bytes of heap a row.
public final class RowOrder {
    private final long first;
    private final long count;
    private final int @Nullable [] permutation;

    private RowOrder(long first, long count, int @Nullable [] permutation) {
        this.first = first;
        this.count = count;
        this.permutation = permutation;
    }

    /// @return the rows `[first, first + count)` as they lie
    public static RowOrder range(long first, long count) {
        return new RowOrder(first, count, null);
    }

    /// @return one permutation of all rows of all days, NumPy's for this seed
    public static RowOrder total(List<Long> rowsPerDay, long seed) {
        int count = permutable(rowsPerDay);
        int[] order = new int[count];
        new NumpyRandom(seed).permutation(count, 0, order, 0);
        return new RowOrder(0, count, order);
    }

    /// @return the days one after another, each permuted, NumPy's draws for this seed going on from day to day
    public static RowOrder byDay(List<Long> rowsPerDay, long seed) {
        int[] order = new int[permutable(rowsPerDay)];
        NumpyRandom random = new NumpyRandom(seed);
        int at = 0;
        for (long rows : rowsPerDay) {
            random.permutation((int) rows, at, order, at);
            at += (int) rows;
        }
        return new RowOrder(0, order.length, order);
    }

    private static int permutable(List<Long> rowsPerDay) {
        long rows = rowsPerDay.stream().mapToLong(Long::longValue).sum();
        if (rows > Integer.MAX_VALUE - 8) {
            throw new DataException("shuffle of %d rows, want at most %d; set data.shuffle to NONE"
                    .formatted(rows, Integer.MAX_VALUE - 8));
        }
        return (int) rows;
    }

    /// @return number of samples
    public long samples() {
        return count;
    }

    /// @return whether neighbours in this order lie apart in the files
    public boolean isRandom() {
        return permutation != null;
    }

    /// @return the row that is sample `sample`
    public long row(long sample) {
        return permutation == null ? first + sample : permutation[(int) sample];
    }
}
