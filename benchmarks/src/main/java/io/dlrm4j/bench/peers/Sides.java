package io.dlrm4j.bench.peers;

import io.dlrm4j.launch.process.WorkerJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// All sides there are on this machine.
final class Sides {
    /// The newest libtorch of Maven Central that runs, and the newest with an official build beside it.
    static final String NEWEST = "2.13.0";

    static final String OFFICIAL = "2.7.1";

    /// Worth up to 4 % to libtorch: big blocks are kept instead of returned, in huge pages.
    private static final Map<String, String> KEEP_MEMORY = Map.of(
            "MALLOC_TRIM_THRESHOLD_", "8589934592",
            "MALLOC_MMAP_THRESHOLD_", "33554432",
            "MALLOC_TOP_PAD_", "268435456",
            "THP_MEM_ALLOC_ENABLE", "1");

    /// What our single thread measures besides.
    static final String PRODUCTS_ALONE = "products alone";

    private static final Side PRODUCTS = new Side(
            "ours, 1 thread, " + PRODUCTS_ALONE,
            Side.Who.PRODUCTS,
            1,
            1,
            false,
            "in the process of ours, 1 thread, right after each measurement",
            List.of(),
            Map.of());

    private final Tools tools;

    Sides(Tools tools) {
        this.tools = tools;
    }

    /// @return the sides whose tools are there, in the order in which they take turns
    List<Side> all() throws IOException {
        List<Side> sides = new ArrayList<>();
        List<String> runner = WorkerJvm.command(StepRunner.class.getName(), List.of());
        sides.add(ours("ours, 1 thread", 1, 1, "--threads 1", runner));
        sides.add(ours("ours, 2 threads", 2, 1, "--threads 2", runner));
        sides.add(ours("ours, 2 processes", 2, 2, "hybrid parallel over Aeron IPC", runner));
        for (int cores = 1; cores <= 2; cores++) {
            String threads = cores == 1 ? ", 1 thread" : ", 2 threads";
            if (tools.hasPython()) {
                sides.add(python("python" + threads, cores, true, "plain"));
                sides.add(python("python tuned" + threads, cores, false, "tuned"));
            }
            libtorch(sides, cores, threads);
        }
        if (tools.hasPython()) {
            List<String> command = new ArrayList<>(script("dlrm_peer.py"));
            command.addAll(List.of("--ranks", "2"));
            sides.add(new Side(
                    "python, 2 ranks",
                    Side.Who.PYTHON,
                    2,
                    2,
                    true,
                    "hybrid parallel over gloo",
                    command,
                    pythonEnvironment(1)));
        }
        return sides;
    }

    /// @param started the sides that were started
    /// @return those and what they measure besides
    static List<Side> withParts(List<Side> started) {
        List<Side> all = new ArrayList<>(started);
        all.add(PRODUCTS);
        return all;
    }

    private static Side ours(String name, int cores, int processes, String what, List<String> runner) {
        return new Side(name, Side.Who.OURS, cores, processes, true, what, runner, Map.of());
    }

    private Side python(String name, int cores, boolean usual, String form) {
        List<String> command = new ArrayList<>(script("dlrm_peer.py"));
        command.addAll(List.of("--form", form));
        return new Side(
                name,
                Side.Who.PYTHON,
                cores,
                1,
                usual,
                "eager, sparse EmbeddingBag, " + form,
                command,
                pythonEnvironment(cores));
    }

    private void libtorch(List<Side> sides, int cores, String threads) throws IOException {
        for (String form : List.of("manual", "autograd")) {
            boolean manual = form.equals("manual");
            if (tools.has("classes-" + NEWEST)) {
                sides.add(new Side(
                        "libtorch " + NEWEST + " " + form + threads,
                        Side.Who.LIBTORCH,
                        cores,
                        1,
                        manual || cores == 1,
                        "bytedeco's build, OpenBLAS, " + form,
                        libtorchCommand(NEWEST, form, List.of()),
                        openMp(cores, KEEP_MEMORY)));
            }
            if (tools.has("classes-" + OFFICIAL) && tools.has("official")) {
                Path official = tools.folder().resolve("official");
                List<String> command = libtorchCommand(
                        OFFICIAL,
                        form,
                        List.of("-Djava.library.path=" + official, "-Dorg.bytedeco.javacpp.pathsFirst=true"));
                Map<String, String> environment = openMp(cores, KEEP_MEMORY);
                environment.put("LD_LIBRARY_PATH", official.toString());
                sides.add(new Side(
                        "libtorch " + OFFICIAL + " " + form + threads,
                        Side.Who.LIBTORCH,
                        cores,
                        1,
                        manual,
                        "the official build, MKL, " + form,
                        command,
                        environment));
                if (tools.has("libunlock.so")) {
                    Map<String, String> unlocked = new HashMap<>(environment);
                    unlocked.put(
                            "LD_PRELOAD", tools.folder().resolve("libunlock.so").toString());
                    sides.add(new Side(
                            "libtorch " + OFFICIAL + " unlocked " + form + threads,
                            Side.Who.UNLOCKED,
                            cores,
                            1,
                            manual,
                            "the official build, MKL told that the processor is Intel's (a known hack), " + form,
                            command,
                            unlocked));
                }
            }
        }
    }

    private List<String> libtorchCommand(String version, String form, List<String> options) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xmx1g"));
        command.add("-Dorg.bytedeco.javacpp.maxphysicalbytes=0");
        command.addAll(options);
        command.addAll(List.of("-cp", tools.libtorchPath(version), "io.dlrm4j.peers.LibtorchPeer", "--form", form));
        return command;
    }

    private List<String> script(String name) {
        return List.of(
                tools.python(), tools.sources().resolve("pytorch").resolve(name).toString());
    }

    private Map<String, String> pythonEnvironment(int threads) {
        return openMp(threads, tools.openblas().isEmpty() ? Map.of() : Map.of("LD_LIBRARY_PATH", tools.openblas()));
    }

    private static Map<String, String> openMp(int threads, Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("OMP_NUM_THREADS", String.valueOf(threads));
        return environment;
    }

    /// @return the collectives of ours, MPI and gloo between `n` processes, as far as they are there
    List<Side> collectives(int n) throws IOException {
        List<Side> sides = new ArrayList<>();
        List<String> ours = WorkerJvm.command(CollectiveRunner.class.getName(), List.of());
        sides.add(new Side("ours", Side.Who.OURS, 2, n, true, "Aeron IPC", ours, Map.of()));
        if (tools.has("collectives")) {
            List<String> command = new ArrayList<>(
                    List.of("mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-np", "" + n));
            command.add(tools.folder().resolve("collectives").toString());
            sides.add(new Side("OpenMPI", Side.Who.PYTHON, 2, n, true, "mpirun, vader", command, Map.of()));
        }
        if (tools.hasPython()) {
            List<String> command = new ArrayList<>(script("collectives_peer.py"));
            command.addAll(List.of("--ranks", String.valueOf(n)));
            sides.add(new Side("gloo", Side.Who.PYTHON, 2, n, true, "torch", command, pythonEnvironment(1)));
        }
        return sides;
    }
}
