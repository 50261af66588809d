package io.dlrm4j.launch.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a worker's Java virtual machine is started: this one's Java and class path, the flags of
/// `worker-jvm.options`, and what the user adds.
public final class WorkerJvm {
    private static final String OPTIONS = "/io/dlrm4j/launch/worker-jvm.options";

    private WorkerJvm() {}

    /// @param mainClass to run
    /// @param added flags after the others, so that they win
    /// @return the command line up to the main class
    public static List<String> command(String mainClass, List<String> added) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options());
        command.addAll(added);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        return command;
    }

    /// @return the words of `worker-jvm.options`
    static List<String> options() throws IOException {
        @Nullable InputStream found = WorkerJvm.class.getResourceAsStream(OPTIONS);
        if (found == null) {
            throw new IOException("class path: no " + OPTIONS + "; build the launcher again");
        }
        List<String> words = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(found, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                words.addAll(List.of(line.strip().split("\\s+")));
            }
        }
        return words;
    }
}
