package io.dlrm4j.criteo;

import java.util.ArrayList;
import java.util.List;

/// How raw lines become days, of which the last is for evaluation.
///
/// @param kind by what
/// @param size days or rows, as `kind` says
public record DaySplit(Kind kind, long size) {
    /// By what lines are cut into days.
    public enum Kind {
        /// Into `size` days of equal length, of which the first may have a line more.
        PARTS,
        /// Each file is a day.
        FILES,
        /// Into days of `size` lines, of which the last may be short.
        ROWS
    }

    public DaySplit {
        if (size < 1) {
            throw new IllegalArgumentException("day split by %s: size=%d, want 1 or more".formatted(kind, size));
        }
    }

    /// @return into so many days of equal length; the reference cuts the Kaggle file into 7
    public static DaySplit parts(int days) {
        return new DaySplit(Kind.PARTS, days);
    }

    /// @return each file is a day, as in the Terabyte logs
    public static DaySplit files() {
        return new DaySplit(Kind.FILES, 1);
    }

    /// @return into days of so many lines
    public static DaySplit ofRows(long rows) {
        return new DaySplit(Kind.ROWS, rows);
    }

    /// @return where the days end when all lines were taken as one stream, the last entry being `lines`
    List<Long> ends(long lines) {
        List<Long> ends = new ArrayList<>();
        if (kind == Kind.PARTS) {
            for (long day = 1; day <= size; day++) {
                ends.add(lines / size * day + Math.min(day, lines % size));
            }
            return ends;
        }
        for (long end = size; end < lines; end += size) {
            ends.add(end);
        }
        ends.add(lines);
        return ends;
    }
}
