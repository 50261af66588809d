package io.dlrm4j.comm.rendezvous;

import java.time.Duration;
import java.util.List;

/// The control connections that stay open while a job runs, a star around rank 0.
///
/// A killed process closes its connection, which rank 0 sees within milliseconds and tells everybody. Each side sends
/// a heartbeat every second; silence for half the progress timeout (and never less than [#LEAST_SILENT_TICKS]) means a
/// stopped process, a dead machine or network. That is before anybody's collective gives up, which knows only whom it
/// waits for. A pause of the listener is ridden out: silence is counted in its own ticks, not by the clock. Rank 0
/// decides which of two failures was first, so that all ranks end with one sentence.
public interface Lifeline extends AutoCloseable {
    /// Seconds of silence that are always ridden out, whatever the timeout.
    int LEAST_SILENT_TICKS = 6;

    /// @param progressTimeout of the job's collectives
    /// @return seconds of silence after which a rank is lost
    static int silentTicks(Duration progressTimeout) {
        return Math.max(LEAST_SILENT_TICKS, (int) Math.min(Integer.MAX_VALUE, progressTimeout.toSeconds() / 2));
    }

    /// @return all ranks, in rank order
    List<Rank> ranks();

    /// Makes this the failure of the whole job unless there is one already; returns when this rank has one.
    void declare(String sentence, int lostRank);

    /// Says goodbye.
    @Override
    void close();
}
