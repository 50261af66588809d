package io.dlrm4j.criteo.synthetic;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Rows as raw lines: label, 13 integers, 26 values of 8 hex digits, separated by tabs, ended by a line feed.
///
/// A value stands for one id of its column and never is `00000000`, which readers take for a missing one. So that
/// missing values occur, every fourth column (C4, C8, …) shows id 1 as an empty field. One thread at a time.
final class RawLines {
    /// Label, integers of up to 10 digits and hex values, each with a tab or line feed.
    private static final int LONGEST_LINE = 2 + DenseCounts.FEATURES * 11 + Cardinalities.TABLES * 9;

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int HEX_DIGITS = 8;
    private static final int MISSING_ID = 1;

    private final byte[] bytes;
    private int length;

    /// @param lines most lines it takes
    RawLines(int lines) {
        this.bytes = new byte[lines * LONGEST_LINE];
    }

    /// Forgets all lines.
    void clear() {
        length = 0;
    }

    /// Adds a line.
    void append(Click click) {
        bytes[length++] = (byte) ('0' + click.label);
        for (int feature = 0; feature < DenseCounts.FEATURES; feature++) {
            bytes[length++] = '\t';
            if (click.counts[feature] != Click.MISSING) {
                appendDecimal(click.counts[feature]);
            }
        }
        for (int table = 0; table < Cardinalities.TABLES; table++) {
            bytes[length++] = '\t';
            if (!isMissing(table, click.ids[table])) {
                appendHex(value(table, click.ids[table]));
            }
        }
        bytes[length++] = '\n';
    }

    private static boolean isMissing(int table, int id) {
        return id == MISSING_ID && table % 4 == 3;
    }

    /// Multiplying by an odd number and mixing (the finalizer of MurmurHash3, Appleby) are one to one on 32 bits and
    /// keep 0, which no id is mapped to.
    static int value(int table, int id) {
        int h = (id + 1) * (int) (CounterHash.of(0, table) | 1);
        h = (h ^ (h >>> 16)) * 0x85EB_CA6B;
        h = (h ^ (h >>> 13)) * 0xC2B2_AE35;
        return h ^ (h >>> 16);
    }

    private void appendDecimal(int value) {
        int end = length + digits(value);
        int rest = value;
        for (int at = end - 1; at >= length; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length = end;
    }

    private static int digits(int value) {
        int digits = 1;
        for (int rest = value; rest >= 10; rest /= 10) {
            digits++;
        }
        return digits;
    }

    private void appendHex(int value) {
        for (int digit = HEX_DIGITS - 1; digit >= 0; digit--) {
            bytes[length++] = HEX[(value >>> (4 * digit)) & 0xF];
        }
    }

    /// @return a view of all lines
    ByteBuffer view() {
        return ByteBuffer.wrap(bytes, 0, length);
    }
}
