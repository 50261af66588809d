package io.dlrm4j.criteo.synthetic;

/// Some generated rows, ready to be written; filled again and again. One thread at a time.
final class ClickBlock {
    /// Most rows of a block.
    static final int ROWS = 4_096;

    final int[] labels = new int[ROWS];
    final float[] logits = new float[ROWS];
    final float[] dense = new float[ROWS * DenseCounts.FEATURES];
    final int[] counts = new int[ROWS * DenseCounts.FEATURES];
    final int[] ids = new int[ROWS * Cardinalities.TABLES];
    final RawLines lines;
    private final Click click = new Click();
    private final boolean text;
    private long first;
    private int rows;

    /// @param text whether to make raw lines, else columns
    ClickBlock(boolean text) {
        this.text = text;
        this.lines = new RawLines(text ? ROWS : 0);
    }

    /// Makes rows `[first, first + rows)`.
    void fill(ClickModel model, long newFirst, int newRows) {
        first = newFirst;
        rows = newRows;
        lines.clear();
        for (int i = 0; i < rows; i++) {
            model.fill(first + i, click);
            labels[i] = click.label;
            logits[i] = (float) click.logit;
            if (text) {
                lines.append(click);
            } else {
                copyColumns(i);
            }
        }
    }

    private void copyColumns(int row) {
        System.arraycopy(click.ids, 0, ids, row * Cardinalities.TABLES, Cardinalities.TABLES);
        for (int feature = 0; feature < DenseCounts.FEATURES; feature++) {
            dense[row * DenseCounts.FEATURES + feature] = click.logs[feature];
            counts[row * DenseCounts.FEATURES + feature] = Math.max(0, click.counts[feature]);
        }
    }

    /// @return the number of the row after the last
    long end() {
        return first + rows;
    }

    /// @return rows in it
    int rows() {
        return rows;
    }
}
