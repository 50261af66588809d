package io.dlrm4j.effects.optimize;

import static io.dlrm4j.effects.optimize.Vectors.atLeast;

import io.dlrm4j.core.kernel.LaneKernels;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Newton's method on several small functions in lockstep, one in each lane: a round is one evaluation of all of them,
/// and each lane takes its own decisions, so that its steps are the same whatever the other lanes do.
///
/// Functions are convex, so that a small gradient is all that is looked for, and values are not computed: a step is
/// taken when it shortens the gradient, which Newton's direction does if it is short enough (Armijo on `½ |g|²`, whose
/// derivative along it is `-|g|²`). Chord steps, with an old Hessian, are taken where two more of the kind will do.
/// What this does not do is to insist: a lane whose Hessian is not positive definite, or whose step has been shortened
/// often, gives up, and is to be minimized alone.
public final class LaneNewton {
    private static final double SUFFICIENT = 1e-4;
    private static final int SHORTENINGS = 10;

    /// What a lane does in a round.
    private enum Turn {
        /// A step with the Hessian where it stands.
        FRESH,
        /// A step with the Hessian of the step before.
        CHORD,
        /// The same step, shorter.
        SHORTER,
        /// Nothing: it evaluates again where it stands, because the Hessian is wanted there.
        AGAIN,
        /// Nothing any more.
        DONE
    }

    private final LaneKernels kernels;
    private final int lanes;
    private final Turn[] turns;
    private final @Nullable Ending[] endings;
    private final int[] iterations;
    private final int[] shortenings;
    private final double[] lengths;
    private final double[] firstNorms;
    private final double[] norms;
    private final double[] trialNorms;
    private final double[] largest;
    private final double[] bounds;
    private double[] gradient = {};
    private double[] trial = {};
    private double[] trialGradient = {};
    private double[] step = {};
    private double[] solved = {};
    private double[] hessian = {};
    private double[] factor = {};
    private double[] newInverse = {};
    private double[] inverse = {};
    private Stopping stopping = Stopping.DEFAULT;
    private int d;

    /// @param kernels that the functions use too
    public LaneNewton(LaneKernels kernels) {
        this.kernels = kernels;
        lanes = kernels.lanes();
        turns = new Turn[lanes];
        endings = new Ending[lanes];
        iterations = new int[lanes];
        shortenings = new int[lanes];
        lengths = new double[lanes];
        firstNorms = new double[lanes];
        norms = new double[lanes];
        trialNorms = new double[lanes];
        largest = new double[lanes];
        bounds = new double[lanes];
    }

    /// Minimizes every lane.
    ///
    /// @param theta where to start, `[coefficients, lanes]`; replaced by the minimizers
    /// @param when to stop, in every lane
    /// @param compared a bit for each lane whose gradient is also small enough where it is small beside the one at
    ///     zero, as in Photon: those that start near the minimum
    public void minimize(LaneFunction function, double[] theta, Stopping when, long compared) {
        d = function.coefficients();
        stopping = when;
        room();
        Arrays.fill(bounds, when.absoluteGradient());
        if (compared != 0) {
            compareWithZero(function, compared);
        }
        function.evaluate(theta, gradient);
        measure(gradient, norms);
        for (int lane = 0; lane < lanes; lane++) {
            endings[lane] = null;
            iterations[lane] = 0;
            firstNorms[lane] = norms[lane];
            turns[lane] = Turn.DONE;
            if (lane < function.size() && Double.isFinite(norms[lane])) {
                goOn(lane, Turn.FRESH);
            }
        }
        while (!all(Turn.DONE)) {
            if (any(Turn.FRESH)) {
                factor(function);
            }
            if (any(Turn.FRESH) || any(Turn.CHORD)) {
                direct();
            }
            for (int j = 0; j < d * lanes; j += lanes) {
                for (int lane = 0; lane < lanes; lane++) {
                    trial[j + lane] = theta[j + lane] + lengths[lane] * step[j + lane];
                }
            }
            function.evaluate(trial, trialGradient);
            measure(trialGradient, trialNorms);
            for (int lane = 0; lane < lanes; lane++) {
                judge(lane, theta);
            }
        }
    }

    /// @return why a lane stopped, or null where it gave up
    public @Nullable Ending ending(int lane) {
        return endings[lane];
    }

    /// @return steps of a lane
    public int iterations(int lane) {
        return iterations[lane];
    }

    private boolean any(Turn turn) {
        for (int lane = 0; lane < lanes; lane++) {
            if (turns[lane] == turn) {
                return true;
            }
        }
        return false;
    }

    private boolean all(Turn turn) {
        for (int lane = 0; lane < lanes; lane++) {
            if (turns[lane] != turn) {
                return false;
            }
        }
        return true;
    }

    private void compareWithZero(LaneFunction function, long compared) {
        Arrays.fill(trial, 0, d * lanes, 0);
        function.evaluate(trial, trialGradient);
        measure(trialGradient, trialNorms);
        for (int lane = 0; lane < lanes; lane++) {
            if ((compared >> lane & 1) == 1) {
                double enough = stopping.relativeGradient() * trialNorms[lane] / Math.sqrt(function.coefficients(lane));
                bounds[lane] = Math.max(enough, bounds[lane]);
            }
        }
    }

    /// Norms, and the largest elements of all gradients.
    private void measure(double[] gradients, double[] into) {
        Arrays.fill(into, 0);
        Arrays.fill(largest, 0);
        for (int j = 0; j < d * lanes; j += lanes) {
            for (int lane = 0; lane < lanes; lane++) {
                double g = gradients[j + lane];
                into[lane] += g * g;
                largest[lane] = Math.max(largest[lane], Math.abs(g));
            }
        }
        for (int lane = 0; lane < lanes; lane++) {
            into[lane] = Math.sqrt(into[lane]);
        }
    }

    /// At a point whose gradient has just been measured.
    private void goOn(int lane, Turn next) {
        boolean small = largest[lane] <= bounds[lane] || norms[lane] <= stopping.relativeGradient() * firstNorms[lane];
        if (small) {
            end(lane, Ending.GRADIENT);
        } else if (iterations[lane] == stopping.iterations()) {
            end(lane, Ending.ITERATIONS);
        } else {
            turns[lane] = next;
        }
    }

    private void end(int lane, @Nullable Ending ending) {
        endings[lane] = ending;
        turns[lane] = Turn.DONE;
        lengths[lane] = 0;
    }

    /// Gives the lanes that want one a new factorization; the others keep theirs.
    private void factor(LaneFunction function) {
        function.hessian(hessian);
        long good = kernels.cholesky(hessian, d, newInverse);
        boolean keeps = any(Turn.CHORD);
        for (int lane = 0; lane < lanes; lane++) {
            if (turns[lane] == Turn.FRESH) {
                if ((good >> lane & 1) == 0) {
                    end(lane, null);
                } else if (keeps) {
                    copy(hessian, factor, LaneKernels.triangle(d), lane);
                    copy(newInverse, inverse, d, lane);
                }
            }
        }
        if (!keeps) {
            double[] swap = factor;
            factor = hessian;
            hessian = swap;
            swap = inverse;
            inverse = newInverse;
            newInverse = swap;
        }
    }

    private void copy(double[] from, double[] into, int elements, int lane) {
        for (int j = lane; j < elements * lanes; j += lanes) {
            into[j] = from[j];
        }
    }

    /// Directions of new steps.
    private void direct() {
        for (int j = 0; j < d * lanes; j++) {
            solved[j] = -gradient[j];
        }
        kernels.solve(factor, inverse, d, solved);
        for (int lane = 0; lane < lanes; lane++) {
            if (turns[lane] != Turn.FRESH && turns[lane] != Turn.CHORD) {
                continue;
            }
            copy(solved, step, d, lane);
            lengths[lane] = 1;
            shortenings[lane] = 0;
            iterations[lane]++;
        }
    }

    /// Takes a lane's trial or refuses it.
    private void judge(int lane, double[] theta) {
        Turn turn = turns[lane];
        if (turn == Turn.DONE) {
            return;
        }
        if (turn == Turn.AGAIN) {
            turns[lane] = Turn.FRESH;
            return;
        }
        double norm = norms[lane];
        double next = trialNorms[lane];
        double length = lengths[lane];
        if (next <= (1 - SUFFICIENT * length) * norm) {
            copy(trial, theta, d, lane);
            copy(trialGradient, gradient, d, lane);
            norms[lane] = next;
            double rate = next / norm; // chord steps go on at about this rate
            boolean chord = length == 1 && next * rate * rate <= stopping.relativeGradient() * firstNorms[lane];
            goOn(lane, chord ? Turn.CHORD : Turn.FRESH);
        } else if (turn == Turn.CHORD) {
            turns[lane] = Turn.AGAIN; // the chord was too crude
            lengths[lane] = 0;
        } else if (shortenings[lane]++ == SHORTENINGS) {
            end(lane, null);
        } else {
            double parabola = length * length / (next / norm * (next / norm) - 1 + 2 * length);
            lengths[lane] = parabola >= 0.1 * length ? Math.min(parabola, 0.5 * length) : 0.1 * length; // also for NaN
            turns[lane] = Turn.SHORTER;
        }
    }

    private void room() {
        gradient = atLeast(gradient, d * lanes);
        trial = atLeast(trial, d * lanes);
        trialGradient = atLeast(trialGradient, d * lanes);
        step = atLeast(step, d * lanes);
        solved = atLeast(solved, d * lanes);
        inverse = atLeast(inverse, d * lanes);
        newInverse = atLeast(newInverse, d * lanes);
        hessian = atLeast(hessian, LaneKernels.triangle(d) * lanes);
        factor = atLeast(factor, LaneKernels.triangle(d) * lanes);
        Arrays.fill(lengths, 0);
        Arrays.fill(step, 0); // a lane without a direction yet stays where it is
    }
}
