package io.dlrm4j.trainer;

/// Asks a running job to end early, with a checkpoint; any thread of any rank may ask, once is enough for all ranks.
public final class StopRequest {
    private volatile boolean wanted;

    /// Makes the job end after the step under way. An evaluation under way is finished first.
    public void ask() {
        wanted = true;
    }

    /// @return whether somebody asked on this rank
    boolean isWanted() {
        return wanted;
    }
}
