package io.dlrm4j.criteo.text;

import io.dlrm4j.criteo.store.CriteoRow;

/// Turns lines into numbers by the rules of the reference: label, 13 integers, 26 hexadecimal words, tab separated. An
/// empty integer is 0, a negative one becomes 0; an empty category is the value 0.
///
/// Bytes are read where they lie; nothing is allocated for a line that can be used.
final class RowParser {
    /// Longer lines cannot be clicks.
    static final int MAX_LINE_BYTES = 65_536;

    private static final byte[] HEX = hexDigits();
    private static final float[] LOGS = logs();
    private static final int BOM_BYTES = 3;
    private static final int MAX_HEX = 8;
    private static final int KNOWN_LOGS = 1 << 14;

    private final long maxIndRange;

    /// @param maxIndRange categories are taken modulo this, as unsigned values; 0: they are not
    RowParser(long maxIndRange) {
        this.maxIndRange = maxIndRange;
    }

    private static byte[] hexDigits() {
        byte[] digits = new byte[256];
        for (int i = 0; i < digits.length; i++) {
            digits[i] = (byte) Character.digit(i < 128 ? (char) i : ' ', 16);
        }
        return digits;
    }

    private static float[] logs() {
        float[] logs = new float[KNOWN_LOGS];
        for (int i = 0; i < logs.length; i++) {
            logs[i] = CriteoRow.logOfCount(i);
        }
        return logs;
    }

    /// Parses all lines of a block.
    void parse(RowBlock block) {
        byte[] text = block.text;
        int end = block.textEnd;
        int at = block.firstOfFile && startsWithBom(text, end) ? BOM_BYTES : 0;
        while (at < end) {
            block.reserve();
            int fieldsEnd = fields(block, at, end);
            int next = fieldsEnd < 0 ? -1 : afterLineEnd(block, fieldsEnd);
            if (next >= 0 && fieldsEnd - at <= MAX_LINE_BYTES) {
                block.addRow();
                at = next;
            } else {
                at = badLine(block, at);
            }
        }
        if (block.endsEarly && (end == 0 || text[end - 1] == '\n')) {
            block.addBad(BadLine.ENDS_EARLY, 0, end, end);
        }
    }

    /// @return where the next line starts if a line ends at `at`, else -1
    private static int afterLineEnd(RowBlock block, int at) {
        int end = block.textEnd;
        int newline = at < end && block.text[at] == '\r' ? at + 1 : at;
        if (newline < end) {
            return block.text[newline] == '\n' ? newline + 1 : -1;
        }
        return block.endsEarly ? -1 : end; // the last line of a file needs no newline
    }

    /// @return where the next line starts
    private static int badLine(RowBlock block, int start) {
        byte[] text = block.text;
        int newline = start;
        while (newline < block.textEnd && text[newline] != '\n') {
            newline++;
        }
        if (newline == block.textEnd && block.endsEarly) {
            block.addBad(BadLine.ENDS_EARLY, 0, start, newline);
            return newline;
        }
        int lineEnd = newline > start && text[newline - 1] == '\r' ? newline - 1 : newline;
        LineCheck check = LineCheck.of(text, start, lineEnd);
        block.addBad(check.reason(), check.column(), start, lineEnd);
        return newline + 1;
    }

    private static boolean startsWithBom(byte[] text, int end) {
        return end >= BOM_BYTES && text[0] == (byte) 0xEF && text[1] == (byte) 0xBB && text[2] == (byte) 0xBF;
    }

    /// @return where the last field ends, or -1
    private int fields(RowBlock block, int start, int end) {
        byte[] text = block.text;
        if (end - start < 2 || (text[start] != '0' && text[start] != '1') || text[start + 1] != '\t') {
            return -1;
        }
        block.labels()[block.rows()] = text[start] - '0';
        int next = integers(block, start + 2, end);
        return next < 0 ? -1 : categories(block, next, end);
    }

    /// @return where the categories start, or -1
    private static int integers(RowBlock block, int start, int end) {
        byte[] text = block.text;
        int[] counts = block.counts();
        float[] dense = block.dense();
        int first = block.rows() * CriteoRow.DENSE;
        int at = start;
        for (int i = first; i < first + CriteoRow.DENSE; i++) {
            if (at <= end - Long.BYTES) {
                long chars = Digits.eight(text, at);
                int length = Digits.untilTab(chars);
                int count = length == Long.BYTES ? -1 : Digits.decimal(chars, length);
                if (count >= 0) {
                    counts[i] = count;
                    dense[i] = count < LOGS.length ? LOGS[count] : CriteoRow.logOfCount(count);
                    at += length + 1;
                    continue;
                }
            }
            at = longInteger(block, i, at, end);
            if (at < 0) {
                return -1;
            }
        }
        return at;
    }

    /// An integer that is negative, long, close to the end, or none.
    ///
    /// @return where the next field starts, or -1
    private static int longInteger(RowBlock block, int i, int start, int end) {
        byte[] text = block.text;
        boolean negative = start < end && text[start] == '-';
        int digits = start + (negative ? 1 : 0);
        int at = digits;
        long value = 0;
        while (at < end && text[at] >= '0' && text[at] <= '9' && value <= 1L << 31) {
            value = value * 10 + text[at++] - '0';
        }
        boolean fits = value <= (negative ? 1L << 31 : Integer.MAX_VALUE);
        if (at >= end || text[at] != '\t' || !fits || (negative && at == digits)) {
            return -1;
        }
        int count = negative ? 0 : (int) value;
        block.counts()[i] = count;
        block.dense()[i] = count < LOGS.length ? LOGS[count] : CriteoRow.logOfCount(count);
        return at + 1;
    }

    /// @return where the last category ends, or -1
    private int categories(RowBlock block, int start, int end) {
        byte[] text = block.text;
        int[] keys = block.keys();
        int room = block.room();
        int last = (CriteoRow.TABLES - 1) * room + block.rows();
        int at = start;
        for (int i = block.rows(); i <= last; i += room) {
            int value = 0;
            long chars = at <= end - Long.BYTES ? Digits.eight(text, at) : 0;
            if (Digits.areHex(chars)) {
                value = Digits.hex(chars);
                at += Long.BYTES;
            } else {
                int digits = at;
                int digit;
                while (at < end && (digit = HEX[text[at] & 0xFF]) >= 0) {
                    value = value << 4 | digit;
                    at++;
                }
                if (at - digits > MAX_HEX) {
                    return -1;
                }
            }
            if (i < last && (at >= end || text[at++] != '\t')) {
                return -1;
            }
            keys[i] = maxIndRange == 0 ? value : (int) (Integer.toUnsignedLong(value) % maxIndRange);
        }
        return at;
    }
}
