package io.dlrm4j.effects.online;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.optimize.Ending;
import io.dlrm4j.effects.optimize.Lbfgs;
import io.dlrm4j.effects.optimize.Newton;
import io.dlrm4j.effects.optimize.Stopping;
import io.dlrm4j.effects.solve.EntityProblem;
import io.dlrm4j.effects.solve.Loss;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One step of sequential Bayesian learning (Lambda Learner, Ramanath et al. 2021): from a belief (θ0, H0) and a batch
/// of samples to the belief after them,
///
/// ```
/// θ = argmin Σ w_i loss_i(θ) + (1 - δ)(p/2) |θ|² + (δ/2)(θ - θ0)ᵀ H0 (θ - θ0)
/// H = Xᵀ diag(w loss'') X + (1 - δ) p I + δ H0                    at θ
/// ```
///
/// With δ = 1 and squared loss, two halves of the data one after the other are the whole at once, exactly; with
/// logistic loss in the limit of many samples. A feature that joins has mean 0 and precision p.
///
/// [Compat#LAMBDA] reproduces what Lambda Learner does otherwise: H leaves out the samples' weights; squared loss
/// leaves
/// them out altogether, forgets the past, and takes the logistic curvature without p for H; a margin below -709 for its
/// label overflows, upon which the old belief stays; every label other than 1 is 0.
///
/// One thread; buffers are reused.
public final class SequentialUpdate {
    private static final double OVERFLOW = 709.78; // e to this is the largest double
    private static final int NEWTON_MOST = 512;

    private final SequentialSettings settings;
    private final EntityProblem problem = new EntityProblem();
    private final Newton newton = new Newton();
    private final Lbfgs lbfgs = new Lbfgs(Lbfgs.PAIRS);
    private final EntityData copy = new EntityData();

    /// @param settings of every update
    public SequentialUpdate(SequentialSettings settings) {
        this.settings = settings;
    }

    /// Learns from a batch.
    ///
    /// @param before the belief so far, or null for none
    /// @param batch samples of one entity; not changed
    /// @return the belief after it
    /// @throws IllegalArgumentException naming entity and sample, for a label that the loss is not made for
    /// @throws IllegalStateException when the minimum was not found
    public Posterior update(@Nullable Posterior before, EntityData batch) {
        boolean lambda = settings.compat() == Compat.LAMBDA;
        EntityData samples = lambda ? asLambdaReads(batch) : batch;
        EntityModel union = before == null ? null : before.toModel(batch.entity());
        problem.bind(samples, settings.loss(), settings.intercept(), union);
        int d = problem.dimension();
        // Lambda Learner's trainer of squared loss knows no past but where to start
        double memory = lambda && settings.loss() == Loss.SQUARED ? 0 : settings.memory();
        double[] theta = new double[d];
        int[] positions = new int[d];
        for (int j = 0; j < d; j++) {
            positions[j] = before == null ? -1 : before.positionOf(problem.features()[j]);
            theta[j] = before == null || positions[j] < 0 ? 0 : before.means()[positions[j]];
        }
        double[] old = past(before, positions);
        setPrior(theta, old, memory);
        if (lambda && before != null && overflows(samples, theta)) {
            return before;
        }
        minimize(theta, batch.entity());
        double[] curvatures = lambda ? lambdaCurvatures(samples) : null;
        boolean lambdaSquared = lambda && settings.loss() == Loss.SQUARED;
        return new Posterior(
                Arrays.copyOf(problem.features(), d),
                theta,
                settings.precision(),
                precisions(theta, curvatures, lambdaSquared));
    }

    /// H0 of the new coefficients, `[d, d]` by rows: those of the old ones where they are known, else p.
    private double[] past(@Nullable Posterior before, int[] positions) {
        int d = positions.length;
        double[] matrix = new double[d * d];
        for (int i = 0; i < d; i++) {
            if (before == null || positions[i] < 0 || before.kind() == Precision.NONE) {
                matrix[i * d + i] = settings.penalty();
            } else {
                for (int j = 0; j < d; j++) {
                    matrix[i * d + j] = positions[j] < 0 ? 0 : before.precision(positions[i], positions[j]);
                }
            }
        }
        return matrix;
    }

    /// What was forgotten pulls to 0, what is remembered to the old means.
    private void setPrior(double[] center, double[] old, double memory) {
        int d = center.length;
        for (int j = 0; j < d; j++) {
            problem.setPrior(j, 0, (1 - memory) * settings.penalty());
        }
        double[] scaled = new double[d * d];
        for (int i = 0; i < d * d; i++) {
            scaled[i] = memory * old[i];
        }
        problem.setPriorMatrix(scaled, center.clone());
    }

    private void minimize(double[] theta, String entity) {
        Ending ending = problem.dimension() <= NEWTON_MOST
                ? newton.minimize(problem, theta, Stopping.DEFAULT)
                : lbfgs.minimize(problem, theta, Stopping.DEFAULT.withIterations(5000));
        if (ending == Ending.ITERATIONS) {
            throw new IllegalStateException(
                    "entity %s: no minimum within the steps allowed; raise the penalty".formatted(entity));
        }
    }

    private double[] precisions(double[] theta, double @Nullable [] curvatures, boolean withoutPrior) {
        int d = theta.length;
        double[] gradient = new double[d];
        if (settings.precision() == Precision.IDENTITY || settings.precision() == Precision.NONE) {
            return new double[0];
        }
        problem.evaluate(theta, gradient);
        double[] hessian = new double[d * d];
        if (curvatures == null) {
            problem.hessian(hessian);
        } else {
            problem.hessianOf(curvatures, !withoutPrior, hessian);
        }
        double[] kept = new double[settings.precision().numbers(d)];
        for (int i = 0, at = 0; i < d; i++) {
            if (settings.precision() == Precision.DIAGONAL) {
                kept[i] = hessian[i * d + i];
            } else {
                for (int j = 0; j <= i; j++) {
                    kept[at++] = hessian[i * d + j];
                }
            }
        }
        return kept;
    }

    private EntityData asLambdaReads(EntityData batch) {
        boolean squared = settings.loss() == Loss.SQUARED;
        copy.begin(batch.entity());
        for (int row = 0; row < batch.rows(); row++) {
            double label = squared ? batch.labels()[row] : batch.labels()[row] == 1 ? 1 : 0;
            double weight = squared ? 1 : batch.weights()[row];
            copy.addRow(batch.uids()[row], label, weight, batch.offsets()[row]);
            for (int k = batch.rowStarts()[row]; k < batch.rowStarts()[row + 1]; k++) {
                copy.addFeature(batch.indices()[k], batch.values()[k]);
            }
        }
        return copy;
    }

    /// `s (1 - s)` with `s = 1 / (1 + e^(-y z))`, y being -1 or 1 for logistic loss and the label itself for squared.
    private double[] lambdaCurvatures(EntityData samples) {
        double[] curvatures = new double[samples.rows()];
        for (int row = 0; row < curvatures.length; row++) {
            double s = 1 / (1 + Math.exp(-lambdaLabel(samples, row) * problem.margins()[row]));
            curvatures[row] = s * (1 - s);
        }
        return curvatures;
    }

    private double lambdaLabel(EntityData samples, int row) {
        double label = samples.labels()[row];
        return settings.loss() == Loss.SQUARED ? label : label == 1 ? 1 : -1;
    }

    private boolean overflows(EntityData samples, double[] theta) {
        if (settings.loss() == Loss.SQUARED) {
            return false;
        }
        problem.evaluate(theta, new double[theta.length]);
        for (int row = 0; row < samples.rows(); row++) {
            if (-lambdaLabel(samples, row) * problem.margins()[row] > OVERFLOW) {
                return true;
            }
        }
        return false;
    }
}
