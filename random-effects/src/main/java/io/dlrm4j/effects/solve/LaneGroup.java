package io.dlrm4j.effects.solve;

import io.dlrm4j.core.kernel.LaneKernels;
import io.dlrm4j.core.kernel.LaneSamples;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.optimize.LaneFunction;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The logistic objectives of a few entities side by side, one in each lane. A lane's columns are its entity's features
/// in the order of [LocalFeatures], the intercept, which is first there, last here.
final class LaneGroup implements LaneFunction {
    private static final int MOST_COEFFICIENTS = 64;
    private static final int MOST_CELLS = 1 << 14; // rows times coefficients of a lane: eight lanes are 1 MiB
    private static final int LEAST_FULL = 16; // one cell of so many has to be filled

    private final LaneKernels kernels;
    private final int lanes;
    private final boolean intercept;
    private final LaneSamples samples;
    private final LocalFeatures[] features;
    private final EntityData[] data;
    private int size;
    private int d;
    private double[] theta = {};
    private double[] mean = {};
    private double[] precision = {};

    LaneGroup(LaneKernels kernels, boolean intercept) {
        this.kernels = kernels;
        this.intercept = intercept;
        lanes = kernels.lanes();
        samples = new LaneSamples(lanes);
        features = new LocalFeatures[lanes];
        data = new EntityData[lanes];
        for (int lane = 0; lane < lanes; lane++) {
            features[lane] = new LocalFeatures();
        }
    }

    void clear() {
        size = 0;
    }

    boolean isFull() {
        return size == lanes;
    }

    /// Takes an entity into the next lane, if it is small and full enough to be better off here than alone. That is
    /// decided by the entity alone, whatever its neighbours are.
    ///
    /// @param union a model whose features count even where no sample has them, or null
    /// @return whether it was taken
    boolean offer(EntityData entity, @Nullable EntityModel union) {
        int rows = entity.rows();
        if (rows == 0 || rows > MOST_CELLS) {
            return false;
        }
        LocalFeatures local = features[size];
        local.bind(entity, intercept);
        if (union != null) {
            local.add(union);
        }
        int coefficients = local.size();
        long cells = (long) rows * coefficients;
        boolean small = coefficients > 0 && coefficients <= MOST_COEFFICIENTS && cells <= MOST_CELLS;
        if (!small || (long) LEAST_FULL * (entity.entries() + rows) < cells) {
            return false;
        }
        local.sort();
        data[size++] = entity;
        return true;
    }

    /// Lays the samples of all lanes side by side; priors and starts are 0 until they are set.
    void fill() {
        int rows = 0;
        int width = 0;
        for (int lane = 0; lane < size; lane++) {
            rows = Math.max(rows, data[lane].rows());
            width = Math.max(width, features[lane].size() - first());
        }
        samples.begin(rows, width, intercept);
        d = samples.coefficients();
        int room = d * lanes;
        if (theta.length < room) {
            theta = new double[room];
            mean = new double[room];
            precision = new double[room];
        }
        Arrays.fill(theta, 0, room, 0);
        Arrays.fill(mean, 0, room, 0);
        Arrays.fill(precision, 0, room, 1); // of coefficients that a lane does not have
        for (int row = 0; row < rows; row += samples.rowsTogether()) { // while they are in the level 1 cache
            for (int lane = 0; lane < size; lane++) {
                fill(lane, row, Math.min(row + samples.rowsTogether(), data[lane].rows()));
            }
        }
    }

    private void fill(int lane, int from, int to) {
        EntityData entity = data[lane];
        int[] starts = entity.rowStarts();
        LocalFeatures local = features[lane];
        if (local.isWhole() && from < to) {
            kernels.put(samples, lane, from, to - from, entity.values(), starts[from], local.size() - first());
        }
        for (int row = from; row < to; row++) {
            if (!local.isWhole()) {
                int[] columns = local.columns();
                kernels.add(samples, lane, row, columns, first(), entity.values(), starts[row], starts[row + 1]);
            }
            samples.labels()[row * lanes + lane] = entity.labels()[row];
            samples.weights()[row * lanes + lane] = entity.weights()[row];
            samples.offsets()[row * lanes + lane] = entity.offsets()[row];
        }
    }

    /// Sets what is believed of a coefficient before the samples, and where its search starts.
    ///
    /// @param coefficient 0 to `coefficients(lane) - 1`
    /// @param at its mean
    /// @param inverseVariance its precision, 0 for no belief
    /// @param start of the search
    void setPrior(int lane, int coefficient, double at, double inverseVariance, double start) {
        int i = place(lane, coefficient);
        mean[i] = at;
        precision[i] = inverseVariance;
        theta[i] = start;
    }

    /// @return the place of a lane's coefficient in arrays of all lanes
    int place(int lane, int coefficient) {
        int column = intercept && coefficient == 0 ? samples.width() : coefficient - first();
        return column * lanes + lane;
    }

    /// @return feature numbers of a lane's coefficients, ascending; the first `coefficients(lane)` count
    int[] features(int lane) {
        return features[lane].features();
    }

    /// @return whether a lane's coefficient is the intercept
    boolean isIntercept(int lane, int coefficient) {
        return features[lane].features()[coefficient] == FeatureIndex.INTERCEPT;
    }

    /// @return coefficients of all lanes: where the search starts, and where it ends
    double[] theta() {
        return theta;
    }

    @Override
    public int coefficients() {
        return d;
    }

    @Override
    public int coefficients(int lane) {
        return features[lane].size();
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public void evaluate(double[] at, double[] gradient) {
        kernels.evaluate(samples, at, gradient);
        for (int j = 0; j < d * lanes; j++) {
            gradient[j] += precision[j] * (at[j] - mean[j]);
        }
    }

    @Override
    public void hessian(double[] h) {
        kernels.hessian(samples, h);
        for (int j = 0; j < d; j++) {
            int diagonal = (LaneKernels.triangle(j) + j) * lanes;
            for (int lane = 0; lane < lanes; lane++) {
                h[diagonal + lane] += precision[j * lanes + lane];
            }
        }
    }

    private int first() {
        return intercept ? 1 : 0;
    }
}
