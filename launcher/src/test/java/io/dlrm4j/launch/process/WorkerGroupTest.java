package io.dlrm4j.launch.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.launch.report.Failed;
import io.dlrm4j.launch.report.Finished;
import io.dlrm4j.launch.report.WorkerReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Shell scripts stand in for workers.
class WorkerGroupTest {
    private static final String FINISHED = ReportLine.write(
            WorkerReport.newBuilder().setFinished(Finished.getDefaultInstance()).build());

    private static final WorkerGroup.Grace GRACE = new WorkerGroup.Grace(100, 300);
    private static final long STOP_MILLIS = 300;

    private final List<String> heard = new ArrayList<>();

    private final WorkerListener listener = new WorkerListener() {
        @Override
        public void reported(int rank, WorkerReport report) {
            heard.add("rank " + rank + " reported " + report.getEventCase());
        }

        @Override
        public void logged(int rank, String line) {
            heard.add("rank " + rank + " logged " + line);
        }
    };

    private static String failed(Failed.Kind kind, String message) {
        return ReportLine.write(WorkerReport.newBuilder()
                .setFailed(Failed.newBuilder().setKind(kind).setMessage(message))
                .build());
    }

    private static WorkerGroup.Start script(int rank, String script) {
        return new WorkerGroup.Start(rank, List.of("bash", "-c", script), Map.of("RANK", String.valueOf(rank)));
    }

    private Outcome run(String... scripts) throws Exception {
        List<WorkerGroup.Start> starts = new ArrayList<>();
        for (int rank = 0; rank < scripts.length; rank++) {
            starts.add(script(rank, scripts[rank]));
        }
        try (WorkerGroup group = WorkerGroup.start(starts, GRACE, STOP_MILLIS)) {
            return group.run(listener);
        }
    }

    @Test
    void reportsAndLogLinesAreToldApart() throws Exception {
        Outcome outcome = run("echo hello from $RANK; echo '" + FINISHED + "'", "echo oops >&2");

        assertThat(outcome).isEqualTo(Outcome.DONE);
        assertThat(heard)
                .containsExactlyInAnyOrder(
                        "rank 0 logged hello from 0", "rank 0 reported FINISHED", "rank 1 logged oops");
    }

    @Test
    void killedWorkerIsTheLostRankWhateverTheOthersSay() throws Exception {
        Outcome outcome = run("echo '" + failed(Failed.Kind.LOST, "rank 1 is lost") + "'; exit 3", "kill -9 $$");

        assertThat(outcome.isLost()).isTrue();
        assertThat(outcome.lostRank()).isEqualTo(1);
        assertThat(outcome.message())
                .matches("rank 1 \\(pid \\d+\\) was lost: killed by signal 9 "
                        + "\\(by hand, or by the system for want of memory\\)");
    }

    @Test
    void ownFailureOutranksWhatOthersSawOfIt() throws Exception {
        Outcome outcome = run(
                "echo '" + failed(Failed.Kind.LOST, "rank 1 is lost") + "'; exit 3",
                "echo '" + failed(Failed.Kind.FAILED, "loss=NaN in step 7") + "'; exit 1");

        assertThat(outcome).isEqualTo(new Outcome(1, "rank 1: loss=NaN in step 7", -1));
    }

    @Test
    void usageMistakeFoundByAWorkerIsExitCodeTwo() throws Exception {
        Outcome outcome = run("echo '" + failed(Failed.Kind.USAGE, "model.bottom=7-16, want 13 first") + "'; exit 2");

        assertThat(outcome).isEqualTo(new Outcome(2, "model.bottom=7-16, want 13 first", -1));
    }

    /// A stopped process says nothing, and hears no SIGTERM.
    @Test
    void theRankThatOthersMissIsKilledAndNamed() throws Exception {
        String missing = ReportLine.write(WorkerReport.newBuilder()
                .setFailed(Failed.newBuilder()
                        .setKind(Failed.Kind.LOST)
                        .setMessage("rank 1 was lost: no heartbeat for 6 s")
                        .setLostRank(1))
                .build());

        Outcome outcome = run("echo '" + missing + "'; exit 3", "kill -STOP $$");

        assertThat(outcome).isEqualTo(new Outcome(3, "rank 0: rank 1 was lost: no heartbeat for 6 s", 1));
    }

    /// Signals end a worker with their own exit code, also when it did all that was asked of it.
    @Test
    void aWorkerThatStoppedAsASignalAskedIsNotLost() throws Exception {
        String stopped = ReportLine.write(WorkerReport.newBuilder()
                .setFinished(Finished.newBuilder().setStopped(true))
                .build());

        assertThat(run("echo '" + stopped + "'; exit 143", "echo '" + stopped + "'"))
                .isEqualTo(Outcome.DONE);
        assertThat(run("exit 143", "echo '" + stopped + "'").isLost()).isTrue();
    }

    @Test
    void workersAreAskedToStopBeforeTheyAreKilled() throws Exception {
        List<WorkerGroup.Start> starts = List.of(script(0, "read -n 1 asked; echo asked $asked"));
        try (WorkerGroup group = WorkerGroup.start(starts, GRACE, STOP_MILLIS)) {
            group.stop();

            assertThat(group.run(listener)).isEqualTo(Outcome.DONE);
            assertThat(heard).containsExactly("rank 0 logged asked s");
            assertThat(group.survivors()).isEmpty();
        }
    }

    @Test
    void theOthersAreEndedAfterAFailureEvenIfTheyIgnoreSigterm() throws Exception {
        Outcome outcome = run("trap '' TERM; while true; do sleep 1; done", "exit 7");

        assertThat(outcome.exitCode()).isEqualTo(3);
        assertThat(outcome.message()).endsWith("was lost: ended with exit code 7 without a report");
    }

    @Test
    void stopEndsAllWorkers() throws Exception {
        List<WorkerGroup.Start> starts = List.of(script(0, "exec sleep 100"), script(1, "exec sleep 100"));
        try (WorkerGroup group = WorkerGroup.start(starts, GRACE, STOP_MILLIS)) {
            group.stop();

            group.run(listener);

            for (long pid : group.pids()) {
                assertThat(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false))
                        .isFalse();
            }
        }
    }

    @Test
    void reportLineIsReadBack() {
        WorkerReport report = WorkerReport.newBuilder()
                .setFailed(Failed.newBuilder().setMessage("two\nlines \"quoted\" ü"))
                .build();

        String line = ReportLine.write(report);

        assertThat(line).startsWith("@dlrm ").doesNotContain("\n");
        assertThat(ReportLine.read(line)).isEqualTo(report);
        assertThat(ReportLine.read("plain")).isNull();
        assertThat(ReportLine.read("@dlrm nonsense")).isNull();
    }
}
