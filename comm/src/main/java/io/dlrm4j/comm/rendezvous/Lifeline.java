package io.dlrm4j.comm.rendezvous;

import java.util.List;

/// The control connections that stay open while a job runs, a star around rank 0.
///
/// A killed process closes its connection, which rank 0 sees within milliseconds and tells everybody. Each side
/// sends a heartbeat every second. A rank that is silent for half of [io.dlrm4j.comm.WorldConfig#silence] is
/// named in a warning; after all of it, it is lost: a stopped process, a dead machine or network. That is before
/// anybody's collective gives up, which knows only whom it waits for. A pause of the listener is ridden out:
/// silence is counted in its own ticks, not by the clock. Rank 0 decides which of two failures was first, so that
/// all ranks end with one sentence.
public interface Lifeline extends AutoCloseable {
    /// @return all ranks, in rank order
    List<Rank> ranks();

    /// @return 32 bytes that rank 0 drew for this job's start and that no other start has; no secret
    byte[] session();

    /// Makes this the failure of the whole job unless there is one already; returns when this rank has one.
    void declare(String sentence, int lostRank);

    /// Says goodbye.
    @Override
    void close();
}
