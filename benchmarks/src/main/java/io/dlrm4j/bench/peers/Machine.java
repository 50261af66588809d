package io.dlrm4j.bench.peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Where and with what a run was made.
final class Machine {
    private Machine() {}

    /// @param repository whose commit is told
    /// @return facts by name, in the order in which they are printed
    static Map<String, String> facts(Path repository, String python) throws IOException, InterruptedException {
        Map<String, String> facts = new LinkedHashMap<>();
        String commit = first(List.of("git", "-C", repository.toString(), "rev-parse", "--short=12", "HEAD"));
        boolean dirty = !first(List.of("git", "-C", repository.toString(), "status", "--porcelain", "-uno"))
                .isEmpty();
        facts.put("commit", commit + (dirty ? ", with changes that are not committed" : ""));
        facts.put("processor", first(List.of("sh", "-c", "lscpu | sed -n 's/^Model name: *//p'")));
        facts.put(
                "flags",
                first(List.of("sh", "-c", "grep -o -w -E 'avx512f|avx2' /proc/cpuinfo | sort -u | tr '\\n' ' '")));
        facts.put("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
        facts.put("L3", first(List.of("sh", "-c", "lscpu | sed -n 's/^L3 cache: *//p'")));
        facts.put("memory", first(List.of("sh", "-c", "sed -n 's/^MemTotal: *//p' /proc/meminfo")));
        facts.put("kernel", first(List.of("uname", "-sr")));
        facts.put("JDK", System.getProperty("java.vendor.version") + " " + Runtime.version());
        facts.put("OpenMPI", first(List.of("sh", "-c", "mpirun --version 2>/dev/null || echo none")));
        facts.put(
                "PyTorch",
                python.isEmpty() ? "none" : first(List.of(python, "-c", "import torch; print(torch.__version__)")));
        return facts;
    }

    private static String first(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return text.strip().lines().findFirst().orElse("");
    }
}
