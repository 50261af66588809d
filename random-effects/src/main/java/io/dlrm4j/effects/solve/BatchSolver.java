package io.dlrm4j.effects.solve;

import static io.dlrm4j.effects.solve.Solver.LEAST_CURVATURE;

import io.dlrm4j.core.kernel.LaneKernels;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.optimize.Ending;
import io.dlrm4j.effects.optimize.LaneNewton;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Fits many entities: small ones side by side, as many as a vector has doubles, the others one by one as [Solver]
/// does.
///
/// ```
/// BatchSolver solver = new BatchSolver(SolverSettings.LOGISTIC);
/// solver.clear();
/// solver.add(samples, null); // any number of entities, whose samples must not change before they are solved
/// solver.solve(0);
/// EntityModel model = solver.model(0);
/// ```
///
/// Side by side go entities with a logistic loss and no L1 penalty, unless another method than Newton's is asked for.
/// Which others are added with an entity, and in what order, changes no bit of its model. One thread.
public final class BatchSolver {
    private final SolverSettings settings;
    private final Solver alone;
    private final LaneKernels kernels = LaneKernels.best();
    private final int lanes = kernels.lanes();
    private final LaneGroup group;
    private final LaneNewton newton = new LaneNewton(kernels);
    private final int[] members = new int[lanes];
    private double priorWeight;
    private int size;
    private EntityData[] samples = new EntityData[16];
    private @Nullable EntityModel[] starts = new EntityModel[16];
    private EntityModel[] models = new EntityModel[16];
    private Ending[] endings = new Ending[16];
    private int[] iterations = new int[16];
    private long[] order = new long[16];
    private double[] gradient = {};
    private double[] hessian = {};
    private double[] inverse = {};
    private double[] variances = {};

    /// @param settings what is minimized, and how
    public BatchSolver(SolverSettings settings) {
        this.settings = settings;
        this.alone = new Solver(settings);
        this.group = new LaneGroup(kernels, settings.intercept());
    }

    /// Forgets all entities.
    public void clear() {
        size = 0;
    }

    /// Adds an entity.
    ///
    /// @param data its samples; must not change before [#solve]
    /// @param old its model of an earlier fit, or null
    public void add(EntityData data, @Nullable EntityModel old) {
        if (size == samples.length) {
            int room = 2 * size;
            samples = Arrays.copyOf(samples, room);
            starts = Arrays.copyOf(starts, room);
            models = Arrays.copyOf(models, room);
            endings = Arrays.copyOf(endings, room);
            iterations = Arrays.copyOf(iterations, room);
            order = new long[room];
        }
        samples[size] = data;
        starts[size] = old;
        size++;
    }

    /// Fits all entities added.
    ///
    /// @param weight how much old models count: 0 makes them the starts only, above 0 their variances are a prior,
    ///     as in [Solver#solve(EntityData, EntityModel, double)]
    /// @throws IllegalArgumentException naming entity and sample, for a label that the loss is not made for
    public void solve(double weight) {
        priorWeight = weight;
        for (int i = 0; i < size; i++) {
            order[i] = (long) samples[i].rows() << 32 | i;
        }
        Arrays.sort(order, 0, size); // neighbours of about the same size
        group.clear();
        boolean sideBySide = settings.loss() == Loss.LOGISTIC
                && settings.regularization().l1() == 0
                && (settings.method() == Method.AUTO || settings.method() == Method.NEWTON);
        for (int i = 0; i < size; i++) {
            int entity = (int) order[i];
            if (sideBySide && group.offer(samples[entity], prior(entity))) {
                members[group.size() - 1] = entity;
                EntityProblem.checkLabels(samples[entity], settings.loss());
                if (group.isFull()) {
                    solveGroup();
                }
            } else {
                solveAlone(entity);
            }
        }
        if (group.size() > 0) {
            solveGroup();
        }
    }

    /// @param entity its number, in the order of adding
    /// @return its model
    public EntityModel model(int entity) {
        return models[entity];
    }

    /// @param entity its number, in the order of adding
    /// @return why its solver stopped
    public Ending ending(int entity) {
        return endings[entity];
    }

    /// @param entity its number, in the order of adding
    /// @return steps of its solver
    public int iterations(int entity) {
        return iterations[entity];
    }

    private @Nullable EntityModel prior(int entity) {
        return priorWeight > 0 ? starts[entity] : null;
    }

    private void solveAlone(int entity) {
        EntityModel prior = prior(entity);
        endings[entity] = prior == null
                ? alone.solve(samples[entity], starts[entity])
                : alone.solve(samples[entity], prior, priorWeight);
        iterations[entity] = alone.iterations();
        models[entity] = alone.model();
    }

    private void solveGroup() {
        group.fill();
        long compared = 0;
        for (int lane = 0; lane < group.size(); lane++) {
            compared |= starts[members[lane]] == null ? 0 : 1L << lane;
            setPriors(lane);
        }
        newton.minimize(group, group.theta(), settings.stopping(), compared);
        dropSmall();
        long good = settings.variance() == Variance.NONE ? -1 : estimateVariances();
        for (int lane = 0; lane < group.size(); lane++) {
            int entity = members[lane];
            Ending ending = newton.ending(lane);
            if (ending == null || (good >> lane & 1) == 0) {
                solveAlone(entity);
            } else {
                endings[entity] = ending;
                iterations[entity] = newton.iterations(lane);
                models[entity] = read(lane);
            }
        }
        group.clear();
    }

    private void setPriors(int lane) {
        EntityModel start = starts[members[lane]];
        EntityModel prior = prior(members[lane]);
        for (int j = 0; j < group.coefficients(lane); j++) {
            boolean free =
                    group.isIntercept(lane, j) && !settings.regularization().intercept();
            double penalty = free ? 0 : settings.regularization().l2();
            int position = start == null ? -1 : start.positionOf(group.features(lane)[j]);
            double at = start == null || position < 0 ? 0 : start.mean(position);
            if (prior == null) {
                group.setPrior(lane, j, 0, penalty, at);
            } else {
                double variance = position < 0 ? Double.NaN : prior.variance(position);
                double precision = variance >= LEAST_CURVATURE ? priorWeight / variance : priorWeight * penalty;
                group.setPrior(lane, j, at, precision, at);
            }
        }
    }

    private void dropSmall() {
        if (settings.sparsity() == 0) {
            return;
        }
        double[] theta = group.theta();
        for (int lane = 0; lane < group.size(); lane++) {
            for (int j = 0; j < group.coefficients(lane); j++) {
                int at = group.place(lane, j);
                if (!group.isIntercept(lane, j) && Math.abs(theta[at]) <= settings.sparsity()) {
                    theta[at] = 0;
                }
            }
        }
    }

    /// @return a bit for each lane whose variances are known
    private long estimateVariances() {
        int d = group.coefficients();
        if (variances.length < d * lanes) {
            gradient = new double[d * lanes];
            variances = new double[d * lanes];
            inverse = new double[d * lanes];
            hessian = new double[LaneKernels.triangle(d) * lanes];
        }
        group.evaluate(group.theta(), gradient);
        group.hessian(hessian);
        boolean full = settings.variance() == Variance.FULL;
        for (int j = 0; j < d; j++) {
            for (int lane = 0; lane < lanes; lane++) {
                int diagonal = (LaneKernels.triangle(j) + j) * lanes + lane;
                variances[j * lanes + lane] = 1 / Math.max(hessian[diagonal], LEAST_CURVATURE);
                hessian[diagonal] += LEAST_CURVATURE;
            }
        }
        if (!full) {
            return -1;
        }
        long good = kernels.cholesky(hessian, d, inverse);
        kernels.inverseDiagonal(hessian, inverse, d, gradient, variances);
        return good;
    }

    private EntityModel read(int lane) {
        int d = group.coefficients(lane);
        double[] means = new double[d];
        double[] spread = settings.variance() == Variance.NONE ? null : new double[d];
        for (int j = 0; j < d; j++) {
            int at = group.place(lane, j);
            means[j] = group.theta()[at];
            if (spread != null) {
                spread[j] = variances[at];
            }
        }
        int[] features = Arrays.copyOf(group.features(lane), d);
        return new EntityModel(samples[members[lane]].entity(), features, means, spread);
    }
}
