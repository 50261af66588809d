package io.dlrm4j.trainer.timing;

import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.core.engine.StepPhase;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What happened when on one rank, for its last steps: phases of the step's thread, operations of the communicator's
/// lanes, reads of the reader's thread. All memory is taken at the start (1.2 MiB); the oldest events make room.
///
/// Times are those of [System#nanoTime] on rank 0's host.
public final class Timeline {
    /// The most steps that are kept.
    public static final int STEPS = 200;

    private static final int EVENTS = 1 << 15;
    private static final int READS = 256;
    private static final Track[] TRACKS = Track.values();
    private static final StepPhase[] PHASES = StepPhase.values();

    private final Ring events = new Ring(EVENTS);
    private final Ring reads = new Ring(READS);
    private long clockShift;

    /// What happened; a row of the picture.
    enum Track {
        STEP(0, "step's thread", "step"),
        READER(1, "reader's thread", "read and distribute"),
        FORWARD(2, "lane FORWARD", "all-to-all of pooled vectors"),
        BACKWARD(3, "lane BACKWARD", "all-to-all of their gradients"),
        DENSE(4, "lane DENSE", "all-reduce of a bucket"),
        CONTROL(5, "lane CONTROL", "all-gather of losses");

        /// Its place among the rows.
        final int index;

        /// Of the row.
        final String title;

        /// Of an event that is not a phase.
        final String event;

        Track(int index, String title, String event) {
            this.index = index;
            this.title = title;
            this.event = event;
        }
    }

    /// The newest events of one thread, the same arrays over and over.
    private static final class Ring {
        private final int[] what;
        private final long[] step;
        private final long[] start;
        private final long[] end;
        private final long[] bytes;
        private long added;

        Ring(int events) {
            what = new int[events];
            step = new long[events];
            start = new long[events];
            end = new long[events];
            bytes = new long[events];
        }

        void add(Track track, @Nullable StepPhase phase, long newStep, long newStart, long newEnd, long newBytes) {
            int at = (int) (added++ & (what.length - 1));
            what[at] = track.index << Byte.SIZE | (phase == null ? 0xff : phase.index());
            step[at] = newStep;
            start[at] = newStart;
            end[at] = newEnd;
            bytes[at] = newBytes;
        }

        /// @return the first step of which no event was overwritten
        long firstComplete() {
            return added <= what.length ? 0 : step[(int) (added & (what.length - 1))] + 1;
        }

        int size() {
            return (int) Math.min(added, what.length);
        }
    }

    /// Adds `nanos` to every time that [#toBytes] gives.
    void shiftClock(long nanos) {
        clockShift = nanos;
    }

    /// The step's thread was in `phase`, or in the whole step.
    void step(@Nullable StepPhase phase, long step, long start, long end) {
        events.add(Track.STEP, phase, step, start, end, 0);
    }

    void operation(Lane lane, long step, long start, long end, long bytes) {
        Track track = switch (lane) {
            case FORWARD -> Track.FORWARD;
            case BACKWARD -> Track.BACKWARD;
            case DENSE -> Track.DENSE;
            case CONTROL -> Track.CONTROL;
        };
        events.add(track, null, step, start, end, bytes);
    }

    /// Called by the reader's thread.
    void read(long step, long start, long end) {
        reads.add(Track.READER, null, step, start, end, 0);
    }

    /// One event as it travels to rank 0.
    ///
    /// @param phase null where the track says it all
    record Event(Track track, @Nullable StepPhase phase, long step, long start, long end, long bytes) {
        private static final int BYTES = 4 * Long.BYTES + Integer.BYTES;

        static Event read(ByteBuffer from) {
            int what = from.getInt();
            int phase = what & 0xff;
            return new Event(
                    TRACKS[what >> Byte.SIZE],
                    phase == 0xff ? null : PHASES[phase],
                    from.getLong(),
                    from.getLong(),
                    from.getLong(),
                    from.getLong());
        }
    }

    /// Called after the reader has handed over its last batch.
    ///
    /// @param lastStep the last step done
    /// @return the events of the last complete steps, for [#events]
    byte[] toBytes(long lastStep) {
        long from = Math.max(events.firstComplete(), lastStep - STEPS + 1);
        ByteBuffer out = ByteBuffer.allocate((events.size() + reads.size()) * Event.BYTES);
        for (Ring ring : new Ring[] {events, reads}) {
            for (int i = 0; i < ring.size(); i++) {
                if (ring.step[i] >= from) {
                    out.putInt(ring.what[i])
                            .putLong(ring.step[i])
                            .putLong(ring.start[i] + clockShift)
                            .putLong(ring.end[i] + clockShift)
                            .putLong(ring.bytes[i]);
                }
            }
        }
        byte[] written = new byte[out.position()];
        out.flip().get(written);
        return written;
    }

    /// @return the events in [#toBytes], each before those that it contains
    static List<Event> events(byte[] bytes) {
        List<Event> events = new ArrayList<>();
        for (ByteBuffer from = ByteBuffer.wrap(bytes); from.hasRemaining(); ) {
            events.add(Event.read(from));
        }
        events.sort(Comparator.comparing(Event::track)
                .thenComparingLong(Event::start)
                .thenComparing(Comparator.comparingLong(Event::end).reversed())
                .thenComparing(event -> event.phase() != null));
        return events;
    }
}
