package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.launch.LauncherProcess.Around;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// Jobs of real processes that are killed, stopped and asked to stop, and go on without a human: each ends with the
/// bits of a run that nobody disturbed.
class ElasticIT {
    private static final long ORPHAN_SECONDS = 10;
    private static final int LONGEST_START_MILLIS = 2_500;
    private static final int LONGEST_STEPS_MILLIS = 400;
    private static final String CHECKPOINT = "step \\d+: checkpoint ";
    private static final String RESTART = "; restart \\d+ of \\d+ with \\d+ workers";

    @TempDir
    static Path shared;

    private static SmallTraining training = SmallTraining.NONE;
    private static Path undisturbed = Path.of("");

    @TempDir
    Path folder;

    @BeforeAll
    static void generate() throws Exception {
        training = SmallTraining.generate(shared, 2);
        undisturbed = training.undisturbed(shared);
    }

    private static LauncherProcess start(
            Path temporary, Around around, SmallTraining words, Path checkpoints, String... more) throws IOException {
        return LauncherProcess.start(temporary, around, words.saving(checkpoints, more));
    }

    private LauncherProcess train(String... more) throws IOException {
        return start(folder, Around.NOTHING, training, checkpoints(), more);
    }

    private Path checkpoints() {
        return folder.resolve("checkpoints");
    }

    /// Kills a random rank at a random moment, of its start or of its training, until the job is done or `most` have
    /// hit.
    ///
    /// @return how many did
    private static int killAgainAndAgain(LauncherProcess job, int ranks, int most, Random random) throws Exception {
        for (int kills = 0; ; kills++) {
            List<ProcessHandle> workers = job.awaitStarted(ranks);
            if (kills == most) {
                return kills;
            }
            if (random.nextBoolean()) {
                TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_START_MILLIS));
            } else if (job.awaitUnlessEnded("training: steps ") != null) {
                TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_STEPS_MILLIS));
            }
            workers.get(random.nextInt(workers.size())).destroyForcibly();
            if (job.awaitUnlessEnded(RESTART) == null) {
                return kills; // it was done before
            }
        }
    }

    @Test
    void killedAtAnyMomentItRestartsAndEndsWithTheSameBits() throws Exception {
        try (LauncherProcess job = train("--max-restarts", "9")) {
            int kills = killAgainAndAgain(job, 2, 3, new Random(5));

            assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isZero();
            assertThat(job.text())
                    .containsPattern("rank [01] \\(pid \\d+\\) was lost: killed by signal 9 .*; last step seen: \\w+; "
                            + "restart 1 of 9 with 2 workers from the newest whole checkpoint in " + checkpoints())
                    .containsPattern("training again after \\d")
                    .containsPattern("restarts +" + kills);
        }
        SmallTraining.assertSameBits(checkpoints(), undisturbed);
    }

    @Test
    @EnabledIfSystemProperty(named = "faults", matches = "true", disabledReason = "takes minutes; run with -Pfaults")
    @Timeout(value = 40, unit = TimeUnit.MINUTES)
    void oneHundredKillsOfFourRanks() throws Exception {
        SmallTraining four = training.withWorkers(4).withEpochs(20);
        Path wanted = four.undisturbed(shared);
        Random random = new Random(100);
        List<Double> again = new ArrayList<>();
        int jobs = 0;
        for (int kills = 0; kills < 100; jobs++) {
            Path disturbed = folder.resolve("disturbed-" + jobs);
            try (LauncherProcess job = start(folder, Around.NOTHING, four, disturbed, "--max-restarts", "1000")) {
                kills += killAgainAndAgain(job, 4, 100 - kills, random);
                assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS))
                        .as(job.text())
                        .isZero();
                Matcher seconds =
                        Pattern.compile("training again after (\\d+\\.\\d+) s").matcher(job.text());
                while (seconds.find()) {
                    again.add(Double.valueOf(seconds.group(1)));
                }
            }
            SmallTraining.assertSameBits(disturbed, wanted);
        }
        System.out.printf(
                "100 kills, %d jobs, all with the same bits; training again after %.1f s, at most %.1f s%n",
                jobs,
                again.stream().mapToDouble(Double::doubleValue).average().orElseThrow(),
                again.stream().mapToDouble(Double::doubleValue).max().orElseThrow());
    }

    @Test
    void aShortPauseIsRiddenOutAndASilentRankIsNamedAndReplaced() throws Exception {
        try (LauncherProcess job = train("--max-restarts", "1")) {
            List<ProcessHandle> workers = job.awaitStarted(2);
            job.await(CHECKPOINT);
            LauncherProcess.signal("STOP", workers.get(1).pid());
            TimeUnit.SECONDS.sleep(5); // the pause is what is tested
            LauncherProcess.signal("CONT", workers.get(1).pid());
            job.await(CHECKPOINT);
            assertThat(job.text()).doesNotContain("restart 1");

            LauncherProcess.signal("STOP", workers.get(1).pid());

            String rank = "rank 1 \\(pid " + workers.get(1).pid() + " on .*\\) ";
            job.await(rank + "gives no sign of life for 5 s; it is given up after 10 s");
            job.await(rank + "was lost: no heartbeat for 10 s; .*; restart 1 of 1 with 2 workers");
            assertThat(workers).noneMatch(ProcessHandle::isAlive);
            assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isZero();
        }
        SmallTraining.assertSameBits(checkpoints(), undisturbed);
    }

    /// First to a worker, as when one machine of several is taken away, then to all, as a terminal does.
    @Test
    void sigtermEndsWithACheckpointThatContinuesToTheSameBits() throws Exception {
        try (LauncherProcess job = train("--max-restarts", "1")) {
            List<ProcessHandle> workers = job.awaitStarted(2);
            job.await(CHECKPOINT);
            LauncherProcess.signal("TERM", workers.get(1).pid());
            assertStopped(job);
        }
        Around group = new Around(List.of("setsid"), Map.of(), List.of());
        try (LauncherProcess job = start(folder, group, training, checkpoints(), "--resume")) {
            job.await(CHECKPOINT);
            LauncherProcess.signal("TERM", -job.pid());
            assertStopped(job);
        }
        try (LauncherProcess job = train("--resume")) {
            assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isZero();
        }
        SmallTraining.assertSameBits(checkpoints(), undisturbed);
    }

    private void assertStopped(LauncherProcess job) throws Exception {
        Matcher stopped = job.await("stopped after step (\\d+) with checkpoint (.*); --resume continues");
        assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isEqualTo(143);
        Path last = checkpoints().resolve("step-%08d".formatted(Integer.parseInt(stopped.group(1))));
        assertThat(stopped.group(2)).isEqualTo(last.toString());
        assertThat(CommandRun.of("checkpoint", "verify", last.toString()).exitCode())
                .isZero();
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(checkpoints());
        }
    }

    @Test
    void anAttemptThatGetsNowhereIsFollowedByOneWithFewerWorkers() throws Exception {
        SmallTraining three = training.withWorkers(3);
        try (LauncherProcess job =
                start(folder, Around.NOTHING, three, checkpoints(), "--max-restarts", "1", "--min-workers", "2")) {
            job.awaitStarted(3).get(2).destroyForcibly();

            job.await("was lost: killed by signal 9 .*; last step seen: none; restart 1 of 1 with 2 workers");
            assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isZero();
        }
        SmallTraining.assertSameBits(checkpoints(), undisturbed);
    }

    @Test
    void withoutRestartsLeftTheJobEndsWithTheRankNamed() throws Exception {
        try (LauncherProcess job = train("--max-restarts", "1")) {
            job.awaitStarted(2).get(1).destroyForcibly();
            job.await(RESTART);
            ProcessHandle second = job.awaitStarted(2).get(0);
            second.destroyForcibly();

            assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isEqualTo(3);
            assertThat(job.text()).contains("dlrm: rank 0 (pid " + second.pid() + ") was lost: killed by signal 9");
        }
    }

    /// Its ranks are in a collective, which waits for one that does not answer.
    @Test
    void aDeadLauncherLeavesNoOrphansAlsoInTheMiddleOfACollective() throws Exception {
        try (LauncherProcess job = train()) {
            List<ProcessHandle> workers = job.awaitStarted(2);
            job.await(CHECKPOINT);
            LauncherProcess.signal("STOP", workers.get(1).pid());

            LauncherProcess.signal("KILL", job.pid());

            workers.get(0).onExit().get(ORPHAN_SECONDS, TimeUnit.SECONDS);
            LauncherProcess.signal("CONT", workers.get(1).pid());
            workers.get(1).onExit().get(ORPHAN_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "faults", matches = "true", disabledReason = "run with -Pfaults")
    void aWorkerWithoutMemoryIsLostAndTheHintSaysWhatGivesMore() throws Exception {
        Around small = new Around(List.of(), Map.of("DLRM_JAVA_OPTS", "-Xmx8m"), List.of());
        try (LauncherProcess job = start(folder, small, training, checkpoints(), "--max-restarts", "1")) {
            job.await("was lost: ended by itself, most likely out of Java heap; DLRM_JAVA_OPTS=-Xmx4g gives more; "
                    + "last step seen: none; restart 1 of 1");
            assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isEqualTo(3);
        }
    }

    /// Aeron's own generator drops every hundredth packet, in an order that the seed says.
    @Test
    void lossOfPacketsChangesNothing() throws Exception {
        List<String> loss = List.of(
                "-Daeron.SendChannelEndpoint.supplier=io.aeron.driver.ext.DebugSendChannelEndpointSupplier",
                "-Daeron.ReceiveChannelEndpoint.supplier=io.aeron.driver.ext.DebugReceiveChannelEndpointSupplier",
                "-Daeron.debug.send.data.loss.rate=0.01",
                "-Daeron.debug.send.data.loss.seed=19",
                "-Daeron.debug.receive.control.loss.rate=0.01",
                "-Daeron.debug.receive.control.loss.seed=20");
        Around around = new Around(List.of(), Map.of("DLRM_TRANSPORT", "udp"), loss);
        try (LauncherProcess job = start(folder, around, training, checkpoints())) {
            assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isZero();
        }
        SmallTraining.assertSameBits(checkpoints(), undisturbed);
    }
}
