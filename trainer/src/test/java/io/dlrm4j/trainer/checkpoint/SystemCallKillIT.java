package io.dlrm4j.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A real process is killed at the real system calls by which it writes checkpoints, as strace sees them: at
/// every open, write, sync, rename and deletion. Afterwards there is the old checkpoint or the new one, bit for
/// bit, and the next job saves again.
///
/// A first run is only watched; its calls are those at which later runs are killed, each just before the call is
/// done.
class SystemCallKillIT {
    private static final long SECONDS = 60;
    private static final int SAMPLE = 5;

    /// Calls that change a file system; those marked do not exist on every processor.
    private static final String CALLS = "?open,openat,?creat,?mkdir,mkdirat,write,pwrite64,writev,pwritev,ftruncate,"
            + "fallocate,fsync,fdatasync,?rename,?renameat,renameat2,?link,linkat,?unlink,unlinkat,?rmdir,"
            + "?chmod,fchmod,fchmodat";

    @TempDir
    Path temporary;

    /// One system call on one path, by one thread.
    ///
    /// @param number of this call on this path by its thread, from 1
    /// @param step of the newest whole checkpoint before it
    private record Call(String name, String path, int number, long step) {
        String key() {
            return name + " " + path + " " + number;
        }
    }

    /// What a run without a kill did.
    ///
    /// @param calls in order, each kind of them once
    /// @param weights by the step of each checkpoint
    private record Undisturbed(List<Call> calls, Map<Long, Map<String, float[]>> weights) {}

    @Test
    void killedAtSomeOfTheCallsItLeavesTheOldOneOrTheNewOne() throws Exception {
        killAt(1, true, false, SAMPLE);
    }

    @ParameterizedTest(name = "{0} ranks, asynchronous {1}, incremental {2}")
    @CsvSource({"1, false, false", "1, true, true"})
    @EnabledIfSystemProperty(named = "faults", matches = "true", disabledReason = "takes minutes; run with -Pfaults")
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void killedAtEveryCallItLeavesTheOldOneOrTheNewOne(int ranks, boolean asynchronous, boolean incremental)
            throws Exception {
        killAt(ranks, asynchronous, incremental, Integer.MAX_VALUE);
    }

    /// @param most calls at which it is killed, spread evenly over all
    private void killAt(int ranks, boolean asynchronous, boolean incremental, int most) throws Exception {
        JobConfig config = SavingProcess.config(asynchronous, incremental);
        String[] words = {String.valueOf(ranks), String.valueOf(asynchronous), String.valueOf(incremental)};
        Path before = temporary.toRealPath().resolve("before");
        saveTwice(ranks, config, before);
        Undisturbed undisturbed = watch(ranks, config, before, words);
        List<Call> calls = undisturbed.calls();
        assertThat(calls)
                .extracting(Call::name)
                .as("what a checkpoint does")
                .contains("mkdir", "openat", "write", "fsync", "rename")
                .containsAll(incremental ? List.of() : List.of("unlink", "rmdir")); // old ones go

        Set<Long> found = new HashSet<>();
        int kills = Math.min(most, calls.size());
        for (int kill = 0; kill < kills; kill++) {
            Call call = calls.get((int) ((long) kill * calls.size() / kills));
            Path folder = copy(before, "killed-" + kill);
            assertThat(run(folder, words, inject(folder, call)))
                    .as("killed at %s", call)
                    .isEqualTo(128 + 9);
            Map<Long, Map<String, float[]>> allowed = new HashMap<>(undisturbed.weights());
            allowed.keySet().retainAll(Set.of(call.step(), call.step() + SavingProcess.STEPS));
            found.add(CrashTest.recover(ranks, config, folder, allowed, "killed at " + call));
            new CheckpointFolder(temporary).delete(folder);
        }
        assertThat(found).as("the old one and new ones").hasSizeGreaterThan(1);
        System.out.printf("killed at %d of %d system calls, %d ranks%n", kills, calls.size(), ranks);
    }

    /// Makes the checkpoints that are there before.
    private static void saveTwice(int ranks, JobConfig config, Path folder) {
        LocalWorld.run(ranks, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(folder, Disk.REAL)) {
                store.openForWriting();
                try (CheckpointSaver saver = model.saver(store, config)) {
                    for (int save = 0; save < 2; save++) {
                        model.train(SavingProcess.STEPS, saver);
                        SavedCheckpoint _ = model.save(saver);
                    }
                }
            }
        });
    }

    private Undisturbed watch(int ranks, JobConfig config, Path before, String[] words) throws Exception {
        Path folder = copy(before, "watched");
        Path log = temporary.resolve("log");
        List<String> strace = List.of("-y", "-s", "0", "-o", log.toString(), "-e", "trace=" + CALLS);
        assertThat(run(folder, words, strace)).isZero();
        Map<Long, Map<String, float[]>> weights = new HashMap<>();
        for (Path root : List.of(before, folder)) {
            for (Path checkpoint : new CheckpointFolder(root).newestFirst()) {
                weights(ranks, config, checkpoint, weights);
            }
        }
        return new Undisturbed(calls(folder, log), weights);
    }

    private static void weights(int ranks, JobConfig config, Path checkpoint, Map<Long, Map<String, float[]>> weights) {
        Map<String, float[]> all = Collections.synchronizedMap(new TreeMap<>());
        LocalWorld.run(ranks, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(checkpoint, Disk.REAL)) {
                long step = model.restore(store);
                all.putAll(model.weights());
                if (communicator.rank() == 0) {
                    weights.put(step, all);
                }
            }
        });
    }

    /// Reads what strace wrote: `thread call(…path…`.
    private static List<Call> calls(Path folder, Path log) throws IOException {
        Pattern line = Pattern.compile(
                "(\\d+) +(\\w+)\\([^\"]*?[<\"]" + Pattern.quote(folder.toString()) + "((?:/[^\">]*)?)[\">].*");
        Map<String, Integer> numbers = new HashMap<>();
        Set<String> known = new HashSet<>();
        List<Call> calls = new ArrayList<>();
        long step = 2 * SavingProcess.STEPS;
        for (String each : Files.readAllLines(log, StandardCharsets.UTF_8)) {
            Matcher matcher = line.matcher(each);
            if (!matcher.matches()) {
                continue;
            }
            String path = String.valueOf(matcher.group(3));
            String name = String.valueOf(matcher.group(2));
            int number = numbers.merge(matcher.group(1) + name + path, 1, Integer::sum);
            Call call = new Call(name, path, number, step);
            if (!each.contains("O_RDONLY") && known.add(call.key())) {
                calls.add(call);
            }
            if (call.name().startsWith("rename") && path.endsWith(".tmp")) { // not an old one that goes
                step += SavingProcess.STEPS;
            }
        }
        assertThat(step).isEqualTo((2 + SavingProcess.SAVES) * SavingProcess.STEPS);
        return calls;
    }

    private static List<String> inject(Path folder, Call call) {
        return List.of(
                "-o",
                "/dev/null",
                "-P",
                folder + call.path(),
                "-e",
                "trace=" + call.name(),
                "-e",
                "inject=%s:signal=KILL:when=%d".formatted(call.name(), call.number()));
    }

    private Path copy(Path from, String name) throws IOException {
        Path to = temporary.toRealPath().resolve(name);
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Files.copy(each, to.resolve(from.relativize(each).toString()));
            }
        }
        return to;
    }

    /// Lets a process save while strace looks on.
    ///
    /// @param options of strace
    /// @return its exit code; 128 and the signal that killed it
    private static int run(Path folder, String[] words, List<String> options) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                SavingProcess.class.getName(),
                folder.toString()));
        command.addAll(Arrays.asList(words));
        Process saving = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> watching = new ArrayList<>(List.of("strace", "-f", "-p", String.valueOf(saving.pid())));
        watching.addAll(options);
        Process strace = null;
        try (BufferedReader said = saving.inputReader()) {
            List<String> heard = new ArrayList<>();
            for (String line = said.readLine(); !"ready".equals(line); line = said.readLine()) {
                heard.add(String.valueOf(line));
                assertThat(line).as("ready after %s", heard).isNotNull();
            }
            strace = start(watching);
            saving.outputWriter().append('\n').flush();
            assertThat(saving.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(strace.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
            return saving.exitValue();
        } finally {
            saving.destroyForcibly();
            if (strace != null) {
                strace.destroyForcibly();
            }
        }
    }

    /// Returns when strace watches; what it says afterwards is read, so that it never waits for a reader.
    private static Process start(List<String> watching) throws IOException {
        Process strace;
        try {
            strace = new ProcessBuilder(watching).redirectErrorStream(true).start();
        } catch (IOException e) {
            assumeTrue(false, "needs strace: " + e.getMessage());
            throw e;
        }
        BufferedReader said = strace.inputReader();
        String first = said.readLine();
        assumeTrue(first != null && first.contains("attached"), "strace may not watch a process here: " + first);
        Thread.ofVirtual().start(() -> said.lines().forEach(line -> {}));
        return strace;
    }
}
