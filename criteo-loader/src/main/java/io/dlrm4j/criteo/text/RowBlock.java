package io.dlrm4j.criteo.text;

import io.dlrm4j.criteo.store.CriteoRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A piece of one raw file, made of whole lines, and the rows parsed from it. Used again and again.
///
/// Written by one thread at a time: the reader, then a parser, then the caller of [ParsedBlocks#next].
public final class RowBlock {
    /// Bytes of text a block has room for.
    static final int TEXT_BYTES = 1 << 20;

    private static final int FIRST_ROOM = 4_096;
    private static final int LINE_INTS = 16;

    final byte[] text = new byte[TEXT_BYTES];
    int textEnd;
    int file;
    boolean firstOfFile;
    boolean lastOfFile;
    boolean endsEarly;
    long consumedBytes;

    private final List<Bad> bad = new ArrayList<>();
    private int lines;
    private int rows;
    private int[] labels = new int[0];
    private int[] counts = new int[0];
    private float[] dense = new float[0];
    private int[] keys = new int[0];
    private int[] ids = new int[0];
    private int room;
    private int[] lineOfRow = new int[0];

    /// A line that cannot be used.
    ///
    /// @param line within the block, from 0
    /// @param reason why
    /// @param column of the field, from 1; 0: the whole line
    /// @param start its first byte within [#text]
    /// @param end after its last byte
    public record Bad(int line, BadLine reason, int column, int start, int end) {}

    RowBlock() {}

    void clear() {
        bad.clear();
        lines = 0;
        rows = 0;
    }

    /// Makes room for one row more.
    void reserve() {
        if (rows < room) {
            return;
        }
        int old = room;
        // An odd number of cache lines, so that the same row of all columns does not fall into one set of the cache.
        room = Math.max(FIRST_ROOM, old * 2) + LINE_INTS;
        labels = Arrays.copyOf(labels, room);
        lineOfRow = Arrays.copyOf(lineOfRow, room);
        counts = Arrays.copyOf(counts, room * CriteoRow.DENSE);
        dense = Arrays.copyOf(dense, room * CriteoRow.DENSE);
        int[] wider = new int[room * CriteoRow.TABLES];
        for (int t = 0; t < CriteoRow.TABLES; t++) {
            System.arraycopy(keys, t * old, wider, t * room, rows);
        }
        keys = wider;
        ids = new int[room * CriteoRow.TABLES];
    }

    void addRow() {
        lineOfRow[rows++] = lines++;
    }

    void addBad(BadLine reason, int column, int start, int end) {
        bad.add(new Bad(lines++, reason, column, start, end));
    }

    /// Leaves out a row: the rows kept so far are `[0, to)`, and `row` becomes the next of them.
    public void move(int row, int to) {
        if (row == to) {
            return;
        }
        labels[to] = labels[row];
        lineOfRow[to] = lineOfRow[row];
        System.arraycopy(counts, row * CriteoRow.DENSE, counts, to * CriteoRow.DENSE, CriteoRow.DENSE);
        System.arraycopy(dense, row * CriteoRow.DENSE, dense, to * CriteoRow.DENSE, CriteoRow.DENSE);
        for (int i = 0; i < keys.length; i += room) {
            keys[i + to] = keys[i + row];
        }
    }

    /// Sets the number of rows after some were left out.
    public void rows(int kept) {
        rows = kept;
    }

    /// @return number of the file it comes from
    public int file() {
        return file;
    }

    /// @return whether the file ends with it
    public boolean isLastOfFile() {
        return lastOfFile;
    }

    /// @return whether the file is a gzip file that ended inside a member
    public boolean endsEarly() {
        return endsEarly;
    }

    /// @return bytes taken from the disk for this file up to and with this block
    public long consumedBytes() {
        return consumedBytes;
    }

    /// @return lines, usable or not
    public int lines() {
        return lines;
    }

    /// @return lines that cannot be used, in order
    public List<Bad> bad() {
        return bad;
    }

    /// @return the text that [Bad] points into
    public byte[] text() {
        return text;
    }

    /// @return usable lines
    public int rows() {
        return rows;
    }

    /// @return the line, within the block, that a row comes from
    public int line(int row) {
        return lineOfRow[row];
    }

    /// @return 0 or 1, `[rows]` with room for more
    public int[] labels() {
        return labels;
    }

    /// @return integers, 0 or more, `[rows, 13]` with room for more
    public int[] counts() {
        return counts;
    }

    /// @return `ln(1 + count)`, `[rows, 13]` with room for more
    public float[] dense() {
        return dense;
    }

    /// @return categories as unsigned 32-bit values, later their ids, column by column, `[26, room]`
    public int[] keys() {
        return keys;
    }

    /// @return rows that each column of [#keys] has room for
    public int room() {
        return room;
    }

    /// @return [#keys] row by row, `[rows, 26]` with room for more
    public int[] keysByRow() {
        for (int from = 0; from < rows; from += LINE_INTS) {
            int to = Math.min(from + LINE_INTS, rows);
            for (int t = 0; t < CriteoRow.TABLES; t++) {
                int column = t * room;
                for (int row = from; row < to; row++) {
                    ids[row * CriteoRow.TABLES + t] = keys[column + row];
                }
            }
        }
        return ids;
    }
}
