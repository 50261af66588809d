package io.dlrm4j.core.kernel;

import java.util.Arrays;

/// The samples of several small regressions side by side: every number of one regression has those of the others next
/// to it, so that one vector holds the same number of all of them.
///
/// ```
/// features   [rows / 16][width][16][lanes]     sixteen rows of all columns are near each other, in a level 1 cache
/// others     [rows][lanes]                     labels, weights, offsets, and what kernels write
/// ```
///
/// Regressions have different sizes: `rows` and `width` are those of the largest, rounded up. What a regression does
/// not have is 0, its weights too, and changes no bit of its sums. The intercept has no column: where there is one, it
/// is coefficient `width`.
public final class LaneSamples {
    /// Rows that are stored together.
    static final int CHUNK = 16;

    /// Columns that are taken together.
    static final int COLUMNS = 4;

    private final int lanes;
    private int rows;
    private int used; // rows with samples, in whole fours
    private int width;
    private boolean intercept;
    private double[] features = {};
    private double[] labels = {};
    private double[] weights = {};
    private double[] offsets = {};
    private double[] slopes = {};
    private double[] curvatures = {};
    private final double[] scaled;
    private final double[] sums;
    private double[] staged = {};

    /// @param lanes regressions side by side, as the kernels have them
    public LaneSamples(int lanes) {
        this.lanes = lanes;
        this.scaled = new double[COLUMNS * CHUNK * lanes];
        this.sums = new double[(COLUMNS + 1) * lanes];
    }

    /// Makes room, and fills it with zeros.
    ///
    /// @param mostRows of the regression that has most
    /// @param mostColumns of the regression that has most, the intercept not counted
    /// @param withIntercept whether all of them have one
    public void begin(int mostRows, int mostColumns, boolean withIntercept) {
        rows = Math.ceilDiv(mostRows, CHUNK) * CHUNK;
        used = Math.ceilDiv(mostRows, 4) * 4;
        width = Math.ceilDiv(mostColumns, COLUMNS) * COLUMNS;
        intercept = withIntercept;
        int cells = rows * width * lanes;
        if (features.length < cells) {
            features = new double[cells + (cells >> 1)];
        } else {
            Arrays.fill(features, 0, cells, 0);
        }
        int each = rows * lanes;
        if (labels.length < each) {
            int room = each + (each >> 1);
            labels = new double[room];
            weights = new double[room];
            offsets = new double[room];
            slopes = new double[room];
            curvatures = new double[room];
        } else {
            Arrays.fill(labels, 0, each, 0);
            Arrays.fill(weights, 0, each, 0);
            Arrays.fill(offsets, 0, each, 0);
        }
    }

    /// @return where the cell of lane 0 is in [#features]; a row's next column is [#columnStride] further
    int cell(int row, int column) {
        return ((row / CHUNK * width + column) * CHUNK + row % CHUNK) * lanes;
    }

    /// @return distance of two columns in [#features]
    int columnStride() {
        return CHUNK * lanes;
    }

    /// @return how many rows are stored together: filling them for all lanes before the next is faster
    public int rowsTogether() {
        return CHUNK;
    }

    /// @return rows, rounded up
    public int rows() {
        return rows;
    }

    /// @return columns, rounded up
    public int width() {
        return width;
    }

    /// @return whether coefficient `width()` is an intercept
    public boolean intercept() {
        return intercept;
    }

    /// @return columns and intercept
    public int coefficients() {
        return intercept ? width + 1 : width;
    }

    /// @return feature values; [LaneKernels#put] fills them
    double[] features() {
        return features;
    }

    /// @return labels from 0 to 1, `[rows, lanes]`, to be filled
    public double[] labels() {
        return labels;
    }

    /// @return weights, `[rows, lanes]`, to be filled
    public double[] weights() {
        return weights;
    }

    /// @return offsets, `[rows, lanes]`, to be filled
    public double[] offsets() {
        return offsets;
    }

    /// @return first derivatives of the losses by the margins, `[rows, lanes]`, as the last evaluation left them
    double[] slopes() {
        return slopes;
    }

    /// @return second derivatives of the losses by the margins, `[rows, lanes]`, as the last evaluation left them
    double[] curvatures() {
        return curvatures;
    }

    /// @return room for kernels: some columns of sixteen rows
    double[] scaled() {
        return scaled;
    }

    /// @return room for kernels: a copy of features that are put together; what is far away is read at once, not
    ///     number by number
    double[] staged(int cells) {
        if (staged.length < cells) {
            staged = new double[cells];
        }
        return staged;
    }

    /// @return rows of the regression that has most, in whole vectors of four, of the sixteen from `row` on
    int rowsFrom(int row) {
        return Math.min(CHUNK, used - row);
    }

    /// @return room for kernels: sums of some columns, and behind them the sum of the curvatures
    double[] sums() {
        return sums;
    }
}
