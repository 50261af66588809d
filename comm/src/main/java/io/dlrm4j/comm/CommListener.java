package io.dlrm4j.comm;

import io.dlrm4j.comm.Communicator.Lane;

/// Told what a rank's thread does inside its communicator, as it does it; for profiles and timelines.
///
/// Every method is called by the thread that is inside, many times a step: it must neither wait nor use the
/// communicator.
public interface CommListener {
    /// Listens to nothing.
    CommListener NONE = new CommListener() {};

    /// The thread has come in; until now it did something else.
    default void entered() {}

    /// Since the last call the thread moved bytes of `lane`, or summed them.
    default void moved(Lane lane) {}

    /// Since the last call the thread waited and nothing moved.
    default void idled() {}

    /// An operation of `lane` begins to move. The operations of a lane follow one another.
    ///
    /// @param bytes what this rank holds or receives of it
    default void began(Lane lane, long bytes) {}

    /// The operation that began last on `lane` is finished.
    default void ended(Lane lane) {}

    /// Since the last call `bytes` bytes of this rank's have gone to other ranks on `lane`, in frames or by shared
    /// memory, which they read or were written.
    default void gave(Lane lane, long bytes) {}
}
