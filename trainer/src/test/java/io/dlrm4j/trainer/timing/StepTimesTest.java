package io.dlrm4j.trainer.timing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.engine.StepPhase;
import io.dlrm4j.trainer.report.Profile;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepTimesTest {
    private static final StepPhase[] PHASES = StepPhase.values();
    private static final Lane[] LANES = Lane.values();

    @Test
    void everyNanosecondOfAStepBelongsToOnePhase() {
        StepTimes times = new StepTimes(0, 10, new Timeline());
        for (int step = 0; step < 10; step++) {
            walk(times, step);

            long sum = 0;
            for (StepPhase phase : PHASES) {
                sum += times.nanos(phase);
            }
            assertThat(sum).isEqualTo(times.nanos()).isPositive();
        }
    }

    /// A step that enters every phase and the communicator in all the ways there are.
    private static void walk(StepTimes times, long step) {
        times.begin(step);
        for (StepPhase phase : PHASES) {
            times.enter(phase);
            times.entered();
            for (Lane lane : LANES) {
                times.began(lane, 64);
                times.moved(lane);
                times.ended(lane);
                times.gave(lane, 10L * (lane.index() + 1));
                times.idled();
            }
        }
        times.end();
    }

    @Test
    void whatIsMovedWhileWaitingIsNoWait() {
        Timeline timeline = new Timeline();
        StepTimes times = new StepTimes(0, 1, timeline);
        times.begin(0);
        times.enter(StepPhase.WAIT);
        times.entered();
        times.idled();
        times.moved(Lane.DENSE);
        times.moved(Lane.DENSE);
        times.moved(Lane.FORWARD);
        times.idled();
        times.end();

        List<Timeline.Event> events = Timeline.events(timeline.toBytes(0));
        Timeline.Event sum = only(events, StepPhase.ALL_REDUCE); // two moves in a row are one
        Timeline.Event exchange = only(events, StepPhase.EXCHANGE);
        Timeline.Event wait = only(events, StepPhase.WAIT);
        assertThat(times.nanos(StepPhase.ALL_REDUCE)).isEqualTo(sum.end() - sum.start());
        assertThat(times.nanos(StepPhase.EXCHANGE)).isEqualTo(exchange.end() - exchange.start());
        assertThat(exchange.start()).isEqualTo(sum.end());
        assertThat(times.nanos(StepPhase.WAIT))
                .isEqualTo(wait.end() - wait.start() - (sum.end() - sum.start()) - (exchange.end() - exchange.start()));
    }

    private static Timeline.Event only(List<Timeline.Event> events, StepPhase phase) {
        List<Timeline.Event> found =
                events.stream().filter(event -> event.phase() == phase).toList();
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    @Test
    void nothingIsCountedBetweenSteps() {
        Timeline timeline = new Timeline();
        StepTimes times = new StepTimes(0, 1, timeline);
        walk(times, 0);
        long nanos = times.nanos(StepPhase.TOP);
        byte[] events = timeline.toBytes(0);

        times.enter(StepPhase.TOP); // an evaluation
        times.entered();
        times.began(Lane.CONTROL, 8);
        times.moved(Lane.CONTROL);
        times.ended(Lane.CONTROL);
        times.idled();
        times.enter(StepPhase.WAIT);

        assertThat(times.nanos(StepPhase.TOP)).isEqualTo(nanos);
        assertThat(timeline.toBytes(0)).isEqualTo(events);
    }

    @Test
    void aStepAllocatesNothing() {
        StepTimes times = new StepTimes(0, 1, new Timeline());
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int attempt = 0; attempt < 200 && least > 0; attempt++) { // until the compiler is done
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int step = 0; step < 100; step++) {
                walk(times, step);
                times.read(step, 1, 2);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isZero();
    }

    @Test
    void theProfileOfAllRanksLeavesTheFirstStepsOut() {
        LocalWorld.run(3, communicator -> {
            int steps = 2 * StepTimes.WARM_UP_STEPS + 1;
            StepTimes times = new StepTimes(0, steps, null);
            for (int step = 0; step < steps; step++) {
                times.read(step, 0, 1_000_000L * (communicator.rank() + 1));
                walk(times, step);
            }
            Profile profile = times.gather(communicator);

            assertThat(profile.steps()).isEqualTo(StepTimes.WARM_UP_STEPS + 1L);
            assertThat(profile.ranks()).isEqualTo(3);
            assertThat(profile.reader().millis()).isCloseTo(2, within(1e-9));
            assertThat(profile.reader().maxMillis()).isCloseTo(3, within(1e-9));
            assertThat(profile.bytes())
                    .isEqualTo(new Profile.Bytes(30.0 * PHASES.length, 40.0 * PHASES.length, 20.0 * PHASES.length));
        });
    }

    @Test
    void aShortRunIsCountedWhole() {
        LocalWorld.run(1, communicator -> {
            StepTimes times = new StepTimes(5, 8, null);
            for (int step = 5; step < 8; step++) {
                walk(times, step);
            }
            assertThat(times.gather(communicator).steps()).isEqualTo(3);
        });
    }
}
