package io.dlrm4j.comm.collective;

/// The way an operation is carried out, one lane's instance at a time; never waits.
sealed interface Algorithm permits DirectSum, PairwiseExchange, RingSum {
    /// Begins `operation`, the one before being finished.
    void start(Operation operation);

    /// Sends and receives what can be moved now.
    ///
    /// @return the number of frames moved
    int advance();

    /// @return whether nothing is left to send or receive
    boolean finished();

    /// @return whether anything is still to come from `peer` or to go to it
    boolean waitsFor(int peer);

    /// @return what was wrong with a received frame, empty if nothing
    String complaint();
}
