package io.dlrm4j.effects.solve;

import io.dlrm4j.core.kernel.RegressionKernels;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.optimize.SmoothFunction;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The smooth part of one entity's objective, in the entity's own features: the sum of losses, and a quadratic prior
/// `½ Σ precision_j (θ_j - mean_j)² + ½ (θ - c)ᵀ P (θ - c)`.
///
/// Filled again for every entity; see [LocalFeatures] for how its coefficients are numbered.
public final class EntityProblem implements SmoothFunction {
    private static final int DENSE_ENTRIES = 1 << 22; // 32 MiB written out; above that rows stay sparse

    private final LocalFeatures local = new LocalFeatures();
    private final DenseDesign dense = new DenseDesign(RegressionKernels.best());
    private final SparseDesign sparse = new SparseDesign();
    private Design design = sparse;
    private EntityData data = new EntityData();
    private Loss loss = Loss.LOGISTIC;
    private int n;
    private int d;

    private double[] precision = {};
    private double[] mean = {};
    private double @Nullable [] matrix;
    private double[] center = {};

    private final Samples samples = new Samples();
    private double[] nothing = {}; // zeros
    private double[] product = {};

    /// Takes another entity; there is no prior until one is set.
    ///
    /// @param entity whose samples stay the caller's and must not change while the problem is used
    /// @param sampleLoss loss of a sample
    /// @param intercept whether coefficient 0 is one
    /// @param union a model whose features count even where no sample has them, or null
    /// @throws IllegalArgumentException when the loss is not made for a label, naming the sample
    public void bind(EntityData entity, Loss sampleLoss, boolean intercept, @Nullable EntityModel union) {
        data = entity;
        loss = sampleLoss;
        n = entity.rows();
        checkLabels(entity, sampleLoss);
        local.bind(entity, intercept);
        if (union != null) {
            local.add(union);
        }
        local.sort();
        d = local.size();
        room();
        Arrays.fill(precision, 0, d, 0);
        Arrays.fill(mean, 0, d, 0);
        matrix = null;
        long cells = (long) n * d;
        boolean mostlyFull = 4L * entity.entries() + n >= cells;
        if (mostlyFull && cells <= DENSE_ENTRIES) {
            dense.bind(entity, local, intercept);
            design = dense;
        } else {
            sparse.bind(entity, local, intercept);
            design = sparse;
        }
    }

    /// Sets what is believed of a coefficient before the samples.
    ///
    /// @param coefficient 0 to `dimension() - 1`
    /// @param at its mean
    /// @param inverseVariance its precision, 0 for no belief
    public void setPrior(int coefficient, double at, double inverseVariance) {
        mean[coefficient] = at;
        precision[coefficient] = inverseVariance;
    }

    /// Adds a second quadratic to the precisions set so far: `½ (θ - c)ᵀ P (θ - c)`.
    ///
    /// @param inverseCovariance P, symmetric, `[d, d]` by rows; not copied
    /// @param around c, `[d]`; not copied
    public void setPriorMatrix(double[] inverseCovariance, double[] around) {
        matrix = inverseCovariance;
        center = around;
    }

    @Override
    public int dimension() {
        return d;
    }

    /// @return feature numbers of the coefficients, ascending; the first `dimension()` count
    public int[] features() {
        return local.features();
    }

    /// @return number of entries that are not 0, the intercept's ones included
    long entries() {
        return (long) data.entries() + n;
    }

    int rows() {
        return n;
    }

    @Override
    public double evaluate(double[] x, double[] gradient) {
        design.margins(x, data.offsets(), samples.margins);
        double value = loss.evaluate(samples);
        design.transposedTimes(samples.slopes, gradient);
        for (int j = 0; j < d; j++) {
            double away = x[j] - mean[j];
            double pull = precision[j] * away;
            gradient[j] += pull;
            value += 0.5 * pull * away;
        }
        return matrix == null ? value : value + addMatrix(matrix, x, gradient);
    }

    @Override
    public void hessian(double[] h) {
        hessianOf(samples.curvatures, true, h);
    }

    /// Computes `Xᵀ diag(c) X + prior` with other curvatures than those of the samples.
    ///
    /// @param c `[n]`
    /// @param withPrior whether the prior is added
    /// @param h takes the lower triangle, `[d, d]` by rows
    public void hessianOf(double[] c, boolean withPrior, double[] h) {
        design.gram(c, h);
        if (!withPrior) {
            return;
        }
        for (int j = 0; j < d; j++) {
            h[j * d + j] += precision[j];
        }
        if (matrix != null) {
            for (int i = 0; i < d; i++) {
                for (int j = 0; j <= i; j++) {
                    h[i * d + j] += matrix[i * d + j];
                }
            }
        }
    }

    /// Computes the diagonal of the second derivatives at the point evaluated last.
    ///
    /// @param diagonal takes the result, `[d]`
    public void hessianDiagonal(double[] diagonal) {
        design.gramDiagonal(samples.curvatures, diagonal);
        for (int j = 0; j < d; j++) {
            diagonal[j] += precision[j] + (matrix == null ? 0 : matrix[j * d + j]);
        }
    }

    @Override
    public void hessianTimes(double[] vector, double[] into) {
        design.margins(vector, nothing, product);
        for (int i = 0; i < n; i++) {
            product[i] *= samples.curvatures[i];
        }
        design.transposedTimes(product, into);
        for (int j = 0; j < d; j++) {
            into[j] += precision[j] * vector[j];
        }
        if (matrix != null) {
            for (int i = 0; i < d; i++) {
                double sum = 0;
                for (int j = 0; j < d; j++) {
                    sum += matrix[i * d + j] * vector[j];
                }
                into[i] += sum;
            }
        }
    }

    /// @return margins with offsets at the point evaluated last, `[n]`
    public double[] margins() {
        return samples.margins;
    }

    private double addMatrix(double[] p, double[] x, double[] gradient) {
        double value = 0;
        for (int i = 0; i < d; i++) {
            double pull = 0;
            for (int j = 0; j < d; j++) {
                pull += p[i * d + j] * (x[j] - center[j]);
            }
            gradient[i] += pull;
            value += 0.5 * pull * (x[i] - center[i]);
        }
        return value;
    }

    /// @throws IllegalArgumentException when the loss is not made for a label, naming the sample
    static void checkLabels(EntityData data, Loss loss) {
        double[] labels = data.labels();
        for (int i = 0; i < data.rows(); i++) {
            if (!loss.accepts(labels[i])) {
                throw new IllegalArgumentException("entity %s, uid %d: label=%s, want %s for the loss %s"
                        .formatted(data.entity(), data.uids()[i], labels[i], loss.acceptedLabels(), loss));
            }
        }
    }

    private void room() {
        if (precision.length < d) {
            precision = new double[Math.max(d, 2 * precision.length)];
            mean = new double[precision.length];
        }
        samples.bind(data);
        if (product.length < n) {
            product = new double[samples.margins.length];
            nothing = new double[product.length];
        }
    }
}
