package io.dlrm4j.effects.online;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.optimize.Cholesky;
import java.util.SplittableRandom;

/// Acts as a belief says, and as uncertain as it is: draws coefficients from the posterior and takes what is best under
/// them (Thompson 1933). The covariance is the inverse of the precision.
///
/// Lambda Learner ([Compat#LAMBDA]) takes the precision's diagonal for the variances, so that what is known best is
/// explored most.
///
/// Deterministic from its seed. One thread.
public final class ThompsonSampling {
    private final SplittableRandom random;
    private final Compat compat;

    /// @param seed of all draws
    /// @param compat whose covariance
    public ThompsonSampling(long seed, Compat compat) {
        this.random = new SplittableRandom(seed);
        this.compat = compat;
    }

    /// What was chosen, to be logged.
    ///
    /// @param row the candidate
    /// @param propensities with which each of the candidates could have been chosen, `[n]`
    /// @param score of the candidate under the coefficients that decided, with its offset
    @SuppressWarnings("ArrayRecordComponent") // of one decision, never compared
    public record Choice(int row, double[] propensities, double score) {
        /// @return with which the candidate was chosen among these
        public double propensity() {
            return propensities[row];
        }
    }

    /// Draws coefficients.
    ///
    /// @return `[d]`; the means where nothing is known of the precision
    /// @throws IllegalArgumentException when a precision is not positive definite
    public double[] draw(Posterior belief) {
        int d = belief.size();
        double[] normal = new double[d];
        for (int j = 0; j < d; j++) {
            normal[j] = belief.kind() == Precision.NONE ? 0 : random.nextGaussian();
        }
        if (compat == Compat.LAMBDA || belief.kind() != Precision.FULL) {
            for (int j = 0; j < d && belief.kind() != Precision.NONE; j++) {
                double root = Math.sqrt(belief.precision(j, j));
                normal[j] = compat == Compat.LAMBDA ? normal[j] * root : normal[j] / root;
            }
        } else {
            double[] matrix = new double[d * d];
            for (int i = 0; i < d; i++) {
                for (int j = 0; j <= i; j++) {
                    matrix[i * d + j] = belief.precision(i, j);
                }
            }
            if (!Cholesky.factor(matrix, d, new double[d])) {
                throw new IllegalArgumentException(
                        "the precision of %d coefficients is not positive definite; update with a penalty above 0"
                                .formatted(d));
            }
            Cholesky.solveTransposed(matrix, d, normal);
        }
        for (int j = 0; j < d; j++) {
            normal[j] += belief.means()[j];
        }
        return normal;
    }

    /// Chooses a candidate. Coefficients are drawn `draws` times and one of the draws decides, each with the same
    /// chance: a candidate that was best in m of them is chosen with probability `m / draws`, which is its
    /// propensity, exactly. More draws make propensities finer.
    ///
    /// @param belief about the entity that chooses
    /// @param candidates one row each, with offsets
    /// @param draws 1 or more
    /// @return the choice, for the log
    public Choice choose(Posterior belief, EntityData candidates, int draws) {
        if (candidates.rows() == 0 || draws < 1) {
            throw new IllegalArgumentException(
                    "%d candidates, %d draws, want 1 or more of each".formatted(candidates.rows(), draws));
        }
        int[] wins = new int[candidates.rows()];
        int deciding = random.nextInt(draws);
        int chosen = 0;
        double score = 0;
        for (int i = 0; i < draws; i++) {
            EntityModel model = new EntityModel(candidates.entity(), belief.features(), draw(belief), null);
            int best = 0;
            double highest = Double.NEGATIVE_INFINITY;
            for (int row = 0; row < candidates.rows(); row++) {
                double margin = model.score(candidates, row) + candidates.offsets()[row];
                if (margin > highest) {
                    highest = margin;
                    best = row;
                }
            }
            wins[best]++;
            if (i == deciding) {
                chosen = best;
                score = highest;
            }
        }
        double[] propensities = new double[wins.length];
        for (int row = 0; row < wins.length; row++) {
            propensities[row] = (double) wins[row] / draws;
        }
        return new Choice(chosen, propensities, score);
    }
}
