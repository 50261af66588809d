package io.dlrm4j.trainer.timing;

import io.dlrm4j.comm.CommListener;
import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.core.engine.StepClock;
import io.dlrm4j.core.engine.StepPhase;
import io.dlrm4j.trainer.report.Profile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The time of every phase of a rank's steps, and, where asked for, their timeline.
///
/// Between [#begin] and [#end] every nanosecond belongs to one phase. The step says which phase it enters; the
/// communicator, which is entered from all of them, says what it really did there: moving bytes counts as
/// [StepPhase#EXCHANGE] or [StepPhase#ALL_REDUCE], and only what is left as [StepPhase#WAIT]. Outside a step nothing
/// is counted, so that evaluations and checkpoints may use the same parts.
///
/// A call reads the clock once and allocates nothing. One thread, but for [#read].
public final class StepTimes implements StepClock, CommListener {
    /// The first steps of a run are left out of its profile: the virtual machine still compiles.
    public static final int WARM_UP_STEPS = 100;

    private static final StepPhase[] PHASES = StepPhase.values();

    private final @Nullable Timeline timeline;
    private final long firstCounted;
    private final long[] ofStep = new long[PHASES.length];
    private final long[] ofRun = new long[PHASES.length];
    private final long[] begun = new long[Lane.values().length]; // of each lane's operation
    private final long[] bytes = new long[Lane.values().length];
    private final long[] given = new long[Lane.values().length]; // to other ranks, of the run
    private long counted;
    private long readNanos;
    private boolean inStep;
    private long step;
    private long stepStart;
    private long stepEnd;
    private StepPhase phase = StepPhase.OTHER;
    private long phaseStart;
    private long mark; // up to here time is accounted for
    private @Nullable StepPhase moving; // what the communicator did from movingStart to mark
    private long movingStart;

    /// @param firstStep of this run
    /// @param steps where this run ends
    /// @param timeline keeps what happens when; null: nothing is kept
    public StepTimes(long firstStep, long steps, @Nullable Timeline timeline) {
        this.timeline = timeline;
        this.firstCounted = steps - firstStep > 2 * WARM_UP_STEPS ? firstStep + WARM_UP_STEPS : firstStep;
    }

    /// Begins a step.
    public void begin(long newStep) {
        step = newStep;
        Arrays.fill(ofStep, 0);
        inStep = true;
        phase = StepPhase.OTHER;
        stepStart = System.nanoTime();
        phaseStart = stepStart;
        mark = stepStart;
    }

    @Override
    public void enter(StepPhase next) {
        if (inStep) {
            long now = System.nanoTime();
            endPhase(now);
            phase = next;
            phaseStart = now;
        }
    }

    private void endPhase(long now) {
        account(phase, now);
        endMoving();
        if (timeline != null && now > phaseStart && phase != StepPhase.OTHER) {
            timeline.step(phase, step, phaseStart, now);
        }
    }

    private void account(StepPhase to, long now) {
        ofStep[to.index()] += now - mark;
        mark = now;
    }

    /// Ends the step.
    public void end() {
        stepEnd = System.nanoTime();
        endPhase(stepEnd);
        inStep = false;
        if (step >= firstCounted) {
            counted++;
            for (int i = 0; i < ofRun.length; i++) {
                ofRun[i] += ofStep[i];
            }
        }
        if (timeline != null) {
            timeline.step(null, step, stepStart, stepEnd);
        }
    }

    /// @return nanoseconds of the last step
    public long nanos() {
        return stepEnd - stepStart;
    }

    /// @return nanoseconds of one phase in the last step
    public long nanos(StepPhase of) {
        return ofStep[of.index()];
    }

    /// Takes note of a batch that was read; called by the reader's thread before it hands the batch over.
    public void read(long forStep, long start, long end) {
        if (forStep >= firstCounted) {
            readNanos += end - start;
        }
        if (timeline != null) {
            timeline.read(forStep, start, end);
        }
    }

    @Override
    public void entered() {
        if (inStep) {
            long now = System.nanoTime();
            endMoving();
            account(phase, now);
        }
    }

    @Override
    public void moved(Lane lane) {
        if (inStep) {
            StepPhase what = phaseOf(lane);
            if (moving != what) {
                endMoving();
                moving = what;
                movingStart = mark;
            }
            account(what, System.nanoTime());
        }
    }

    @Override
    public void idled() {
        if (inStep) {
            endMoving();
            account(StepPhase.WAIT, System.nanoTime());
        }
    }

    private void endMoving() {
        if (timeline != null && moving != null) {
            timeline.step(moving, step, movingStart, mark);
        }
        moving = null;
    }

    @Override
    public void began(Lane lane, long newBytes) {
        if (inStep) {
            begun[lane.index()] = System.nanoTime();
            bytes[lane.index()] = newBytes;
        }
    }

    @Override
    public void ended(Lane lane) {
        if (inStep && timeline != null) {
            timeline.operation(lane, step, begun[lane.index()], System.nanoTime(), bytes[lane.index()]);
        }
    }

    @Override
    public void gave(Lane lane, long newBytes) {
        if (inStep && step >= firstCounted) {
            given[lane.index()] += newBytes;
        }
    }

    private static StepPhase phaseOf(Lane lane) {
        return switch (lane) {
            case FORWARD, BACKWARD -> StepPhase.EXCHANGE;
            case DENSE -> StepPhase.ALL_REDUCE;
            case CONTROL -> StepPhase.OTHER; // the loss
        };
    }

    /// Takes the one clock of all ranks: that of rank 0, where this rank's is another. Processes of one host share the
    /// origin of [System#nanoTime], those of other hosts do not. Every rank calls it at the same place.
    public void join(Communicator communicator) {
        communicator.barrier(Lane.CONTROL).await();
        long now = System.nanoTime();
        byte[] mine = ByteBuffer.allocate(Long.BYTES).putLong(now).array();
        long first = ByteBuffer.wrap(communicator.gatherBytes(mine)[0]).getLong();
        // Ranks leave a barrier within far less than a second; what differs by more is the clock of another host.
        if (timeline != null && Math.abs(first - now) > TimeUnit.SECONDS.toNanos(1)) {
            timeline.shiftClock(first - now);
        }
    }

    /// Brings the timelines of all ranks together, and rank 0 writes them to `file` if it has one. Every rank calls it
    /// at the same place.
    public void writeTimeline(Communicator communicator, Path file) throws IOException {
        byte[][] all = communicator.gatherBytes(timeline == null ? new byte[0] : timeline.toBytes(step));
        if (communicator.rank() == 0 && timeline != null) {
            ChromeTrace.write(file, Arrays.stream(all).map(Timeline::events).toList());
        }
    }

    /// Brings the times of all ranks together; every rank calls it at the same place.
    public Profile gather(Communicator communicator) {
        ByteBuffer mine = ByteBuffer.allocate((2 + PHASES.length + given.length) * Long.BYTES);
        mine.asLongBuffer().put(counted).put(readNanos).put(ofRun).put(given);
        byte[][] all = communicator.gatherBytes(mine.array());
        long[] read = new long[all.length];
        long[][] phases = new long[all.length][PHASES.length];
        long[] gave = new long[given.length];
        for (int rank = 0; rank < all.length; rank++) {
            LongBuffer theirs = ByteBuffer.wrap(all[rank]).asLongBuffer();
            theirs.get(); // every rank counts the same steps
            read[rank] = theirs.get();
            theirs.get(phases[rank]);
            for (int lane = 0; lane < gave.length; lane++) {
                gave[lane] += theirs.get();
            }
        }
        double scale = counted == 0 ? 0 : 1.0 / ((double) counted * all.length);
        return Profile.of(
                counted,
                phases,
                read,
                new Profile.Bytes(
                        gave[Lane.FORWARD.index()] * scale,
                        gave[Lane.BACKWARD.index()] * scale,
                        gave[Lane.DENSE.index()] * scale));
    }
}
