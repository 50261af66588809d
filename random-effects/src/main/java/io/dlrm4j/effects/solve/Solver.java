package io.dlrm4j.effects.solve;

import io.dlrm4j.core.kernel.RegressionKernels;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.optimize.Cholesky;
import io.dlrm4j.effects.optimize.Ending;
import io.dlrm4j.effects.optimize.Lbfgs;
import io.dlrm4j.effects.optimize.Newton;
import io.dlrm4j.effects.optimize.OrthantWise;
import io.dlrm4j.effects.optimize.Stopping;
import io.dlrm4j.effects.optimize.TrustRegion;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Fits one entity after the other: bind samples, minimize, read coefficients and variances.
///
/// ```
/// Solver solver = new Solver(SolverSettings.LOGISTIC);
/// solver.solve(samples, null);
/// EntityModel model = solver.model();
/// ```
///
/// One thread; the work is a function of the samples and the start alone.
public final class Solver {
    static final double LEAST_CURVATURE = 1e-12; // as in Photon and GDMix: an unseen feature's variance is 1e12
    private static final int CONJUGATE_STEPS = 20;
    private static final int NEWTON_MOST = 1024;
    private static final int FULL_MOST = 10_000; // 800 MB

    private final SolverSettings settings;
    private final double l2;
    private final EntityProblem problem = new EntityProblem();
    private final Newton newton = new Newton();
    private final Lbfgs lbfgs = new Lbfgs(Lbfgs.PAIRS);
    private final OrthantWise orthantWise = new OrthantWise();
    private final TrustRegion trustRegion = new TrustRegion(CONJUGATE_STEPS);
    private double[] means = {};
    private double[] variances = {};
    private double[] gradient = {};
    private double[] l1 = {};
    private double[] hessian = {};
    private EntityData samples = new EntityData();
    private Stopping stopping;
    private Ending ending = Ending.GRADIENT;
    private double value;
    private int iterations;

    /// @param settings what is minimized, and how
    public Solver(SolverSettings settings) {
        this.settings = settings;
        this.stopping = settings.stopping();
        boolean doubledError = settings.compat() == Compat.GDMIX && settings.loss() == Loss.SQUARED;
        // GDMix's squared error has no factor ½, so that its penalty weighs half as much
        this.l2 = doubledError
                ? settings.regularization().l2() / 2
                : settings.regularization().l2();
    }

    /// Fits coefficients to samples.
    ///
    /// @param data one entity's samples; may be none, then the prior remains
    /// @param start where to start, or null for 0; its features that no sample has are left out
    /// @return why the solver stopped
    /// @throws IllegalArgumentException naming entity and sample, for a label that the loss is not made for
    public Ending solve(EntityData data, @Nullable EntityModel start) {
        problem.bind(data, settings.loss(), settings.intercept(), null);
        begin(data, start);
        for (int j = 0; j < problem.dimension(); j++) {
            problem.setPrior(j, 0, penaltyOf(j));
        }
        if (start != null) {
            compareWithZero();
        }
        return minimize();
    }

    /// Fits coefficients to samples and to what is known of the coefficients: each gets the precision
    /// `weight / variance` around its old mean, in place of the L2 penalty. Features that only the prior has stay.
    ///
    /// @param prior means and variances; a coefficient whose variance is missing or below 1e-12 has the L2
    ///     penalty as its precision, as in Photon
    /// @param weight how much the prior counts, 1 for as much as samples; Photon's `incremental.weight`
    /// @return why the solver stopped
    public Ending solve(EntityData data, EntityModel prior, double weight) {
        problem.bind(data, settings.loss(), settings.intercept(), prior);
        begin(data, prior);
        for (int j = 0; j < problem.dimension(); j++) {
            int position = prior.positionOf(problem.features()[j]);
            double variance = position < 0 ? Double.NaN : prior.variance(position);
            double precision = variance >= LEAST_CURVATURE ? weight / variance : weight * penaltyOf(j);
            problem.setPrior(j, position < 0 ? 0 : prior.mean(position), precision);
        }
        compareWithZero();
        return minimize();
    }

    /// @return the model that was fitted last, with arrays of its own
    public EntityModel model() {
        int d = problem.dimension();
        double[] spread = settings.variance() == Variance.NONE ? null : Arrays.copyOf(variances, d);
        return new EntityModel(samples.entity(), Arrays.copyOf(problem.features(), d), Arrays.copyOf(means, d), spread);
    }

    /// @return coefficients; the first `problem().dimension()` count
    public double[] means() {
        return means;
    }

    /// @return variances of the coefficients, when they were asked for
    public double[] variances() {
        return variances;
    }

    /// @return what was minimized
    public EntityProblem problem() {
        return problem;
    }

    /// @return why the last fit stopped
    public Ending ending() {
        return ending;
    }

    /// @return the objective at the minimum, L1 penalty included
    public double value() {
        return value;
    }

    /// @return steps of the last fit
    public int iterations() {
        return iterations;
    }

    private void begin(EntityData data, @Nullable EntityModel start) {
        samples = data;
        stopping = settings.stopping();
        int d = problem.dimension();
        if (means.length < d) {
            int room = Math.max(d, 2 * means.length) + RegressionKernels.SLACK;
            means = new double[room];
            variances = new double[room];
            gradient = new double[room];
            l1 = new double[room];
        }
        for (int j = 0; j < d; j++) {
            int position = start == null ? -1 : start.positionOf(problem.features()[j]);
            means[j] = start == null || position < 0 ? 0 : start.mean(position);
        }
    }

    private double penaltyOf(int coefficient) {
        return isFree(coefficient) ? 0 : l2;
    }

    private boolean isFree(int coefficient) {
        return problem.features()[coefficient] == FeatureIndex.INTERCEPT
                && !settings.regularization().intercept();
    }

    /// A start near the minimum has a small gradient: it is compared with the one at zero coefficients, as in Photon.
    private void compareWithZero() {
        int d = problem.dimension();
        Arrays.fill(variances, 0, d, 0);
        problem.evaluate(variances, gradient);
        double squares = 0;
        for (int j = 0; j < d; j++) {
            squares += gradient[j] * gradient[j];
        }
        double enough = settings.stopping().relativeGradient() * Math.sqrt(squares / d);
        stopping = settings.stopping().withAbsoluteGradient(Math.max(enough, stopping.absoluteGradient()));
    }

    private Ending minimize() {
        int d = problem.dimension();
        if (settings.regularization().l1() > 0) {
            // Photon: the L1 penalty holds the intercept, though the L2 penalty does not
            boolean everywhere = settings.compat() == Compat.PHOTON;
            for (int j = 0; j < d; j++) {
                l1[j] = isFree(j) && !everywhere ? 0 : settings.regularization().l1();
            }
            ending = orthantWise.minimize(problem, means, l1, stopping);
            value = orthantWise.value();
            iterations = orthantWise.iterations();
        } else {
            minimizeSmooth();
        }
        for (int j = 0; j < d; j++) {
            boolean intercept = problem.features()[j] == FeatureIndex.INTERCEPT;
            if (!intercept && Math.abs(means[j]) <= settings.sparsity()) {
                means[j] = 0;
            }
        }
        estimateVariances();
        return ending;
    }

    private void minimizeSmooth() {
        switch (method()) {
            case NEWTON -> {
                ending = newton.minimize(problem, means, stopping);
                value = newton.value();
                iterations = newton.iterations();
            }
            case TRUST_REGION -> {
                ending = trustRegion.minimize(problem, means, stopping);
                value = trustRegion.value();
                iterations = trustRegion.iterations();
            }
            case AUTO, LBFGS -> {
                ending = lbfgs.minimize(problem, means, stopping);
                value = lbfgs.value();
                iterations = lbfgs.iterations();
            }
        }
    }

    /// Six Newton steps against thirty of L-BFGS, in multiplications: the counts that both need on clicks and ratings.
    private Method method() {
        if (settings.method() != Method.AUTO) {
            return settings.method();
        }
        long d = problem.dimension();
        if (settings.loss() == Loss.SMOOTHED_HINGE || d > NEWTON_MOST) {
            return Method.LBFGS;
        }
        long perRow = Math.ceilDiv(problem.entries(), Math.max(1, problem.rows()));
        long newtonStep = problem.entries() * (perRow + 6) / 2 + d * d * d / 6 + 20L * problem.rows();
        long lbfgsStep = 4 * problem.entries() + 40 * d + 20L * problem.rows();
        return 6 * newtonStep <= 30 * lbfgsStep ? Method.NEWTON : Method.LBFGS;
    }

    private void estimateVariances() {
        if (settings.variance() == Variance.NONE) {
            return;
        }
        int d = problem.dimension();
        problem.evaluate(means, gradient);
        if (settings.variance() == Variance.SIMPLE) {
            problem.hessianDiagonal(variances);
            for (int j = 0; j < d; j++) {
                variances[j] = 1 / Math.max(variances[j], LEAST_CURVATURE);
            }
            return;
        }
        if (d > FULL_MOST) {
            throw new IllegalArgumentException(
                    "entity %s: full variances of %d coefficients, want %d or fewer, or simple ones"
                            .formatted(samples.entity(), d, FULL_MOST));
        }
        if (hessian.length < d * d) {
            hessian = new double[d * d + RegressionKernels.SLACK];
        }
        problem.hessian(hessian);
        for (int j = 0; j < d; j++) {
            hessian[j * d + j] += LEAST_CURVATURE;
        }
        if (!Cholesky.factor(hessian, d, gradient)) {
            throw new IllegalArgumentException(
                    "entity %s: the Hessian is not positive definite, so there are no full variances; regularize (l2 > 0), or ask for simple ones"
                            .formatted(samples.entity()));
        }
        Cholesky.inverseDiagonal(hessian, d, variances);
    }
}
