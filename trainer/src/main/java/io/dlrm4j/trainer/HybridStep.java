package io.dlrm4j.trainer;

import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.StepClock;
import io.dlrm4j.core.engine.StepPhase;
import io.dlrm4j.core.engine.WholeStep;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.mlp.GradientBuckets;
import io.dlrm4j.shards.ShardedTables;
import org.jspecify.annotations.Nullable;

/// One synchronous training step on one rank: the whole algorithm, in order.
///
/// Embedding tables are split over ranks and meet the batch by all-to-all; both MLPs are copied to every rank and
/// agree by all-reduce. (One rank on an engine that offers it does the same as one piece, [WholeStep].) Every
/// gradient is scaled by 1 / samples of the *global* batch where it begins, at the loss, and only summed from there
/// on: so N ranks do what one rank does, for every update rule. A line that waits for other ranks says so;
/// `clock.enter` says to a profile what comes next. A value that is no finite number ends the step ([FaultFinder]).
/// Allocates nothing.
///
/// A caller that calls [#start] and [#finish] apart may have [#mostUnderWay] steps under way: then an engine of
/// [WholeStep] has its next batch before it is done with this one, and never waits for the host.
public final class HybridStep {
    private final Runnable progress;
    private final ShardedTables tables;
    private final DensePart dense;
    private final GradientBuckets buckets;
    private final LossSum losses;
    private final FaultFinder faults;
    private final StepClock clock;
    private final @Nullable WholeStep whole;
    private final int[] globalSizes = new int[WholeStep.MOST_UNDER_WAY];
    private double sum; // of the last step that was taken piece by piece
    private long started;
    private long finished;

    /// @param model the parts, which this rank's other steps use as well
    /// @param clock told what the step does
    public HybridStep(HybridModel model, StepClock clock) {
        this.progress = model.communicator()::progress;
        this.tables = model.tables();
        this.dense = model.dense();
        this.buckets = model.buckets();
        this.losses = model.losses();
        this.faults = new FaultFinder(model);
        this.clock = clock;
        this.whole = model.wholeStep();
    }

    /// Trains on one batch, from start to end.
    ///
    /// @param batch this rank's part of it
    /// @param learningRate of this step
    /// @return the mean loss of the global batch before the update, the same on every rank
    public double run(Batch batch, float learningRate) {
        start(batch, learningRate);
        return finish();
    }

    /// @return steps that may be started and not finished: 1, or 2 where the next batch can be taken meanwhile
    public int mostUnderWay() {
        return whole == null ? 1 : WholeStep.MOST_UNDER_WAY;
    }

    /// Starts to train on one batch; on return it may be filled again.
    ///
    /// @param batch this rank's part of it
    /// @param learningRate of this step
    /// @throws IllegalStateException when [#mostUnderWay] steps are under way
    public void start(Batch batch, float learningRate) {
        if (started - finished == mostUnderWay()) {
            throw new IllegalStateException("step: %d under way, want finish first".formatted(mostUnderWay()));
        }
        globalSizes[(int) (started % globalSizes.length)] = batch.globalSize();
        if (whole != null) {
            clock.enter(StepPhase.OTHER); // what the card does cannot be told apart from here
            whole.start(batch, learningRate);
        } else {
            sum = pieceByPiece(batch, learningRate);
        }
        started++;
    }

    /// Ends the oldest step started and not yet finished. Waits for it.
    ///
    /// @return the mean loss of its global batch before the update, the same on every rank
    public double finish() {
        if (finished == started) {
            throw new IllegalStateException("step: finish without start");
        }
        int globalSize = globalSizes[(int) (finished % globalSizes.length)];
        finished++;
        clock.enter(StepPhase.OTHER);
        return (whole == null ? sum : whole.finish()) / globalSize;
    }

    /// @return the sum of the losses over all ranks
    private double pieceByPiece(Batch batch, float learningRate) {
        lookUp(batch, false);
        double ofRank = dense.topStep( // each finished layer's gradient enters a bucket
                tables.pooled(), batch.labels(), 1f / batch.globalSize(), buckets);
        if (!Double.isFinite(ofRank)) {
            throw faults.forward(batch, ofRank);
        }
        Pending loss = losses.start(ofRank);
        Pending gradients = tables.startUpdate(batch); // they go to the owners of the rows
        clock.enter(StepPhase.BACKWARD_BOTTOM);
        dense.bottomBackward(buckets); // overlaps the exchange, and the sums of the top MLP's buckets
        if (buckets.refused()) {
            throw faults.ownGradient();
        }

        clock.enter(StepPhase.WAIT);
        gradients.await(); // waits
        clock.enter(StepPhase.UPDATE_ROWS);
        if (!tables.update(learningRate)) { // overlaps the sums of the last buckets
            throw faults.rows(batch);
        }
        clock.enter(StepPhase.WAIT);
        buckets.sumOverRanks(); // waits
        clock.enter(StepPhase.UPDATE_MLPS);
        if (!dense.update(learningRate)) {
            throw faults.mlps();
        }
        clock.enter(StepPhase.WAIT);
        loss.await(); // waits
        return losses.sum();
    }

    /// Takes one batch up to the logits.
    ///
    /// @param batch this rank's part of it
    /// @return the logits of this rank's samples, `[size]`, valid until the next step
    public Floats forward(Batch batch) {
        if (whole != null) {
            return whole.forward(batch);
        }
        lookUp(batch, true);
        return dense.topForward(tables.pooled());
    }

    /// Takes one batch up to the logits, on an engine that [gives][DensePart#givesHidden] the hidden layer.
    ///
    /// @param hidden receives the activations of the top MLP's last hidden layer, `[size, hiddenWidth]`
    /// @return as [#forward(Batch)] does
    public Floats forward(Batch batch, Floats hidden) {
        lookUp(batch, true);
        return dense.topForward(tables.pooled(), hidden);
    }

    /// Brings the pooled vectors of this rank's samples here, and takes their dense features through the bottom MLP.
    ///
    /// @param exact whether vectors travel as floats: a model is judged as it is, not as it was trained
    private void lookUp(Batch batch, boolean exact) {
        clock.enter(StepPhase.LOOKUP);
        Pending pooled = tables.startLookup(batch, exact); // owners pool, pooled rows travel
        clock.enter(StepPhase.BOTTOM);
        dense.bottomForward(batch.dense(), batch.size(), progress); // overlaps the exchange
        clock.enter(StepPhase.WAIT);
        pooled.await(); // waits
        clock.enter(StepPhase.TOP); // until the part says otherwise
    }
}
