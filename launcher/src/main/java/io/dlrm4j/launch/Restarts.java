package io.dlrm4j.launch;

/// Whether a job that lost a rank is started again, and with how many workers: as many as before, or one fewer where an
/// attempt did not get a step further, because a worker that cannot live here would only die again.
final class Restarts {
    private final int most;
    private final int fewestWorkers;
    private int done;
    private int workers;

    /// @param most restarts of one job
    /// @param workers of the first attempt
    /// @param fewestWorkers of any attempt
    Restarts(int most, int workers, int fewestWorkers) {
        this.most = most;
        this.workers = workers;
        this.fewestWorkers = fewestWorkers;
    }

    /// @return none at all
    static Restarts none(int workers) {
        return new Restarts(0, workers, workers);
    }

    /// Decides after an attempt that lost a rank.
    ///
    /// @param progressed whether it trained further than it began
    /// @return whether there is another attempt
    boolean again(boolean progressed) {
        if (done == most) {
            return false;
        }
        done++;
        if (!progressed && workers > fewestWorkers) {
            workers--;
        }
        return true;
    }

    /// @return workers of the next attempt
    int workers() {
        return workers;
    }

    /// @return restarts so far
    int done() {
        return done;
    }

    /// @return restarts there may be
    int most() {
        return most;
    }
}
