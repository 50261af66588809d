package io.dlrm4j.comm;

/// An operation that was started and may not be finished.
public interface Pending {
    /// An operation that is finished already.
    Pending DONE = () -> {};

    /// Waits until the operation is finished; its buffers are the caller's again. A second call returns
    /// at once if no other operation was started since: the object is used again, so drop it after the first.
    ///
    /// @throws CommException when a rank is lost or nothing moves for longer than the progress timeout, naming the
    ///     ranks waited for
    void await();
}
