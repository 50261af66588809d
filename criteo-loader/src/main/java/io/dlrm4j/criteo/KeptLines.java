package io.dlrm4j.criteo;

import java.util.Arrays;

/// Which lines were kept when some are left out, one bit a line, so that days are cut by lines and counted by rows.
final class KeptLines {
    private long[] bits = new long[1 << 10];
    private long lines;

    /// Adds a line.
    void add(boolean kept) {
        int word = Math.toIntExact(lines >>> 6);
        if (word == bits.length) {
            bits = Arrays.copyOf(bits, bits.length * 2);
        }
        if (kept) {
            bits[word] |= 1L << lines;
        }
        lines++;
    }

    /// @return how many of the lines `[from, to)` were kept
    long count(long from, long to) {
        long count = 0;
        long at = from;
        while (at < to) {
            long end = Math.min(to, (at | 63) + 1);
            long mask = -1L << at & -1L >>> -end;
            count += Long.bitCount(bits[(int) (at >>> 6)] & mask);
            at = end;
        }
        return count;
    }
}
