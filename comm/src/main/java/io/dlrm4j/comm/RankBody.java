package io.dlrm4j.comm;

/// What one rank of a [LocalWorld] does.
@FunctionalInterface
public interface RankBody {
    /// Runs as one rank; the communicator is closed by the caller.
    ///
    /// @throws Exception to end the whole world with it
    void run(Communicator communicator) throws Exception;
}
