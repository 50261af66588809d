package io.dlrm4j.core.kernel;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.memory.Ints;

/// Proves that bags name rows that there are, before a kernel reads them unchecked.
public final class BagChecks {
    private BagChecks() {}

    /// @param table as in messages
    /// @param rows rows of the table
    /// @param kernels finds ids outside
    /// @throws IllegalArgumentException naming the sample whose starts do not ascend, or whose id is no row
    public static void requireRows(String table, Bags bags, int rows, RowKernels kernels) {
        Ints starts = bags.starts();
        if (starts != null) {
            requireAscending(table, starts, bags.count());
        }
        int outside = kernels.firstOutside(bags.ids(), bags.idCount(), rows);
        if (outside >= 0) {
            throw new IllegalArgumentException("%s: sample %d of the batch has id %d, want 0 to %d (%d rows)"
                    .formatted(table, sampleOf(bags, outside), bags.ids().get(outside), rows - 1, rows));
        }
    }

    private static void requireAscending(String table, Ints starts, int samples) {
        int start = 0;
        for (int sample = 0; sample < samples; sample++) {
            int end = starts.get(sample + 1);
            if (starts.get(sample) != start || end < start) {
                throw new IllegalArgumentException(
                        "%s: sample %d of the batch has ids %d to %d, want starts that ascend from 0"
                                .formatted(table, sample, starts.get(sample), end));
            }
            start = end;
        }
    }

    private static int sampleOf(Bags bags, int position) {
        int sample = 0;
        while (bags.start(sample + 1) <= position) {
            sample++;
        }
        return sample;
    }
}
