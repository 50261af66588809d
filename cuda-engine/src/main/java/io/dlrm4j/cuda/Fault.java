package io.dlrm4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// What a step reports to be wrong, as `dlrm.cu` writes it: `{kind, table, sample, value}`.
final class Fault {
    private static final int BAD_ID = 1;
    private static final int BAD_STARTS = 2;

    private Fault() {}

    /// @param kind of the worst fault on any rank, 0 for none
    /// @return whether all numbers were finite
    /// @throws IllegalArgumentException when another rank met a bad batch, which it names itself
    static boolean checkAnywhere(int kind) {
        if (kind == BAD_ID || kind == BAD_STARTS) {
            throw new IllegalArgumentException("another rank's part of the batch has bad ids, see its message");
        }
        return kind == 0;
    }

    /// @param words the four integers
    /// @param rows the tables by their numbers
    /// @return whether all numbers were finite
    /// @throws IllegalArgumentException when the batch has an id outside of its table, or starts that do not
    ///     ascend
    static boolean check(MemorySegment words, List<DeviceRows> rows) {
        int kind = words.getAtIndex(JAVA_INT, 0);
        int table = words.getAtIndex(JAVA_INT, 1);
        int sample = words.getAtIndex(JAVA_INT, 2);
        int value = words.getAtIndex(JAVA_INT, 3);
        return switch (kind) {
            case 0 -> true;
            case BAD_ID ->
                throw new IllegalArgumentException("%s: sample %d of the batch has id %d, want 0 to %d (%d rows)"
                        .formatted(
                                rows.get(table).name(),
                                sample,
                                value,
                                rows.get(table).count() - 1,
                                rows.get(table).count()));
            case BAD_STARTS ->
                throw new IllegalArgumentException(
                        "%s: the ids of sample %d of the batch end at %d, want starts that ascend from 0"
                                .formatted(rows.get(table).name(), sample, value));
            default -> false;
        };
    }
}
