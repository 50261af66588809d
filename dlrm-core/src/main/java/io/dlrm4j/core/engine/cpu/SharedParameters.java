package io.dlrm4j.core.engine.cpu;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.engine.Crew;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.kernel.DenseKernels;
import io.dlrm4j.core.memory.Floats;

/// A stretch of the flat buffers, cut into one piece for each thread: sums the threads' gradients into the first's, and
/// applies the update rule.
final class SharedParameters {
    /// Pieces begin on a cache line, so that no two threads write to one.
    private static final long LINE = 64 / Float.BYTES;

    private final DenseKernels kernels;
    private final Floats[] weights;
    private final Floats[] state;
    /// `[whose gradient][piece]`.
    private final Floats[][] gradients;

    private final Crew.Work sum = this::sum;

    /// @param from first float of the stretch
    /// @param to end of the stretch
    /// @param gradients flat buffer of each thread's gradients; the first receives the sums
    /// @param state of the update rule, flat; of length 0 where there is none
    SharedParameters(long from, long to, Floats weights, Floats[] gradients, Floats state, DenseKernels kernels) {
        int pieces = gradients.length;
        this.kernels = kernels;
        this.weights = new Floats[pieces];
        this.state = new Floats[pieces];
        this.gradients = new Floats[pieces][pieces];
        for (int piece = 0; piece < pieces; piece++) {
            long start = start(from, to, piece, pieces);
            long count = start(from, to, piece + 1, pieces) - start;
            this.weights[piece] = weights.slice(start, count);
            this.state[piece] = state.length() == 0 ? Floats.NONE : state.slice(start, count);
            for (int whose = 0; whose < pieces; whose++) {
                this.gradients[whose][piece] = gradients[whose].slice(start, count);
            }
        }
    }

    private static long start(long from, long to, int piece, int pieces) {
        return piece == pieces ? to : from + (to - from) / LINE * piece / pieces * LINE;
    }

    /// @return adds each thread's gradients to the first's, in the order of the threads
    Crew.Work sum() {
        return sum;
    }

    private void sum(int piece) {
        for (int whose = 1; whose < gradients.length; whose++) {
            Floats sum = gradients[0][piece];
            kernels.add(sum.segment(), 0, gradients[whose][piece].segment(), 0, sum.length());
        }
    }

    /// Applies the first thread's gradients to one piece of the weights.
    ///
    /// @return whether all that was written is finite
    boolean update(int piece, UpdateRule rule, float learningRate) {
        return rule.kind() == OptimizerKind.ADAGRAD
                ? kernels.adagrad(weights[piece], gradients[0][piece], state[piece], learningRate, rule.eps())
                : kernels.sgd(weights[piece], gradients[0][piece], learningRate);
    }
}
