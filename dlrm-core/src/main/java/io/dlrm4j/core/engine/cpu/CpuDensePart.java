package io.dlrm4j.core.engine.cpu;

import io.dlrm4j.core.data.NotFinite;
import io.dlrm4j.core.data.Partition;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.engine.Crew;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.StepClock;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.nn.Numerics;
import java.util.function.LongConsumer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;

/// The dense part on this machine's cores: our own forward and backward, in place on memory that two DL4J networks
/// share once they are asked for.
///
/// Every thread takes its share of the samples and has gradients of its own; after backward they are summed in the
/// order of the shares, each thread summing a stretch. So the result depends on the number of threads, by rounding, but
/// not on their speed.
public final class CpuDensePart implements DensePart {
    private final DlrmShape shape;
    private final int maxSamples;
    private final UpdateRule rule;
    private final Crew crew;
    private final Floats weights;
    private final Floats gradients;
    private final Floats state;
    private final Floats logits;
    private final DenseShare[] shares;
    private final double[] losses;
    private final boolean[] finite;
    private final SharedParameters bottomParameters;
    private final SharedParameters topParameters;
    private final long topOffset;
    private @Nullable Dl4jMlps networks;
    private final Crew.Work bottomForward = this::bottomForward;
    private final Crew.Work topForward = this::topForward;
    private final Crew.Work topStep = this::topStep;
    private final Crew.Work bottomBackward = this::bottomBackward;
    private final Crew.Work update = this::updateShare;
    private Stage stage = Stage.START;
    private int n;
    private Floats dense = Floats.NONE;
    private PooledVectors pooled = new PooledVectors(Floats.NONE, Floats.NONE, 0);
    private Floats labels = Floats.NONE;
    private Floats hidden = Floats.NONE;
    private float scale;
    private float learningRate;
    private Runnable between = CpuDensePart::nothing;
    private LongConsumer ready = CpuDensePart::tellNobody;
    private final LongConsumer noneYet = this::tellNoneYet;

    /// How far the step has come; each call needs what the one before it left behind.
    private enum Stage {
        START,
        BOTTOM_DONE,
        TOP_DIFFERENTIATED
    }

    CpuDensePart(DlrmShape shape, int maxSamples, UpdateRule rule, Numerics numerics, Crew crew, OffHeap memory) {
        if (maxSamples < 0) {
            throw new IllegalArgumentException("dense part: maxSamples=%d, want 0 or more".formatted(maxSamples));
        }
        this.shape = shape;
        this.maxSamples = maxSamples;
        this.rule = rule;
        this.crew = crew;
        long count = shape.denseParameterCount();
        long stateCount = switch (rule.kind()) {
            case SGD -> 0;
            case ADAGRAD -> count;
            case ROW_WISE_ADAGRAD ->
                throw new IllegalArgumentException(
                        "optimizer.mlps=ROW_WISE_ADAGRAD, want SGD or ADAGRAD; the row-wise form is for tables");
        };
        this.weights = memory.floats("MLP weights", count);
        this.state = memory.floats("MLP optimizer state", stateCount);
        this.logits = memory.floats("logits", maxSamples);
        this.shares = new DenseShare[crew.size()];
        this.losses = new double[crew.size()];
        this.finite = new boolean[crew.size()];
        Floats[] gradientsOf = new Floats[crew.size()];
        for (int worker = 0; worker < shares.length; worker++) {
            String name = shares.length == 1 ? "" : "thread " + worker + " ";
            int samples = Partition.maxSize(maxSamples, crew.size());
            gradientsOf[worker] = worker == 0 // these the ranks sum
                    ? memory.sharedFloats(name + "MLP gradients", count)
                    : memory.floats(name + "MLP gradients", count);
            shares[worker] = new DenseShare(name, shape, weights, gradientsOf[worker], numerics, samples, memory);
        }
        this.gradients = gradientsOf[0];
        this.topOffset =
                shape.denseParameters().get(2 * (shape.bottom().size() - 1)).offset();
        this.bottomParameters = new SharedParameters(0, topOffset, weights, gradientsOf, state, numerics.kernels());
        this.topParameters = new SharedParameters(topOffset, count, weights, gradientsOf, state, numerics.kernels());
    }

    /// Made when somebody asks: training multiplies without ND4J, whose classes and library take half a second of the
    /// start of every rank.
    private Dl4jMlps networks() {
        Dl4jMlps made = networks;
        if (made == null) {
            made = Dl4jMlps.over(shape, weights);
            networks = made;
        }
        return made;
    }

    /// @return the bottom MLP on the very weights that are trained; valid until the memory's owner is closed, not to be
    ///     used during a step
    public MultiLayerNetwork bottomNetwork() {
        return networks().bottom();
    }

    /// @return the top MLP, from the interaction's output to the probability, on the very weights that are trained;
    ///     valid until the memory's owner is closed, not to be used during a step
    public MultiLayerNetwork topNetwork() {
        return networks().top();
    }

    /// @return the first thread's part
    DenseShare firstShare() {
        return shares[0];
    }

    @Override
    public Floats weights() {
        return weights;
    }

    @Override
    public void weightsChanged() {
        // Weights are read where they lie; nothing is derived from them.
    }

    @Override
    public void timeWith(StepClock clock) {
        shares[0].timeWith(clock); // the calling thread's
    }

    @Override
    public Floats gradients() {
        return gradients;
    }

    @Override
    public Floats state() {
        return state;
    }

    @Override
    public void bottomForward(Floats dense, int n) {
        bottomForward(dense, n, CpuDensePart::nothing);
    }

    @Override
    public void bottomForward(Floats dense, int n, Runnable between) {
        if (n < 0 || n > maxSamples) {
            throw new IllegalArgumentException("dense part: n=%d samples, want 0 to %d".formatted(n, maxSamples));
        }
        requireLength("dense features", dense, (long) n * shape.bottom().getFirst());
        this.n = n;
        this.dense = dense;
        this.between = between;
        crew.run(bottomForward);
        stage = Stage.BOTTOM_DONE;
    }

    private void bottomForward(int worker) {
        int first = Partition.start(n, shares.length, worker);
        int size = Partition.size(n, shares.length, worker);
        shares[worker].bottomForward(dense, first, size, worker == 0 ? between : CpuDensePart::nothing);
    }

    @Override
    public Floats topForward(PooledVectors pooled) {
        return topForward(pooled, Floats.NONE);
    }

    @Override
    public boolean givesHidden() {
        return true;
    }

    @Override
    public Floats topForward(PooledVectors pooled, Floats into) {
        require(Stage.BOTTOM_DONE, "topForward", "bottomForward");
        set(pooled);
        hidden = into;
        crew.run(topForward);
        return logits;
    }

    private void topForward(int worker) {
        shares[worker].topForward(pooled, logits, hidden);
    }

    @Override
    public double topStep(PooledVectors pooled, Floats labels, float scale, LongConsumer ready) {
        require(Stage.BOTTOM_DONE, "topStep", "bottomForward");
        set(pooled);
        requireLength("labels", labels, n);
        this.labels = labels;
        this.scale = scale;
        this.ready = ready;
        crew.run(topStep);
        tellSums(topParameters, topOffset);
        stage = Stage.TOP_DIFFERENTIATED;
        double sum = 0;
        for (double loss : losses) {
            sum += loss;
        }
        return sum;
    }

    private void topStep(int worker) {
        losses[worker] = shares[worker].topStep(pooled, labels, scale, told(worker));
    }

    @Override
    public void bottomBackward(LongConsumer ready) {
        require(Stage.TOP_DIFFERENTIATED, "bottomBackward", "topStep");
        this.ready = ready;
        crew.run(bottomBackward); // nobody needs the gradient by the dense features
        tellSums(bottomParameters, 0);
        stage = Stage.START;
    }

    private void bottomBackward(int worker) {
        shares[worker].bottomBackward(told(worker));
    }

    /// The calling thread always lets bytes in; only where it works alone does it know what is final.
    private LongConsumer told(int worker) {
        return shares.length == 1 ? ready : worker == 0 ? noneYet : CpuDensePart::tellNobody;
    }

    /// A single thread's gradients are final layer by layer; those of several only when all are summed.
    private void tellSums(SharedParameters parameters, long offset) {
        if (shares.length > 1) {
            crew.run(parameters.sum());
            ready.accept(offset);
        }
    }

    @Override
    public boolean update(float learningRate) {
        this.learningRate = learningRate;
        crew.run(update);
        boolean all = true;
        for (boolean share : finite) {
            all &= share;
        }
        return all;
    }

    private void updateShare(int worker) {
        boolean bottom = bottomParameters.update(worker, rule, learningRate);
        finite[worker] = topParameters.update(worker, rule, learningRate) && bottom;
    }

    @Override
    public @Nullable NotFinite firstNotFinite(PooledVectors vectors) {
        require(Stage.TOP_DIFFERENTIATED, "firstNotFinite", "topStep");
        for (DenseShare share : shares) {
            NotFinite found = share.firstNotFinite(vectors);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private void set(PooledVectors pooled) {
        if (pooled.tables() != shape.tables().size()) {
            throw new IllegalArgumentException("dense part: pooled vectors of %d tables, want %d"
                    .formatted(pooled.tables(), shape.tables().size()));
        }
        this.pooled = pooled;
    }

    private static void nothing() {}

    private static void tellNobody(long offset) {}

    private void tellNoneYet(long offset) {
        ready.accept(DenseShare.NONE_YET);
    }

    private void require(Stage want, String call, String before) {
        if (stage != want) {
            throw new IllegalStateException(
                    "dense part: %s after %s, want it right after %s".formatted(call, stage, before));
        }
    }

    private static void requireLength(String what, Floats values, long want) {
        if (values.length() < want) {
            throw new IllegalArgumentException(
                    "dense part: %s: %d floats, want %d or more".formatted(what, values.length(), want));
        }
    }

    /// Does nothing: the memory belongs to the owner it came from.
    @Override
    public void close() {}
}
