package io.dlrm4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.testkit.StandIn;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every kernel, built for the host, gives what double precision gives: `kernels_test.cpp` says how that is
/// checked.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@Execution(ExecutionMode.CONCURRENT)
class KernelsOnHostIT {
    private static final int RUN_SECONDS = 120;

    @TempDir
    Path folder;

    @ParameterizedTest(name = "dim {0}, {1} features, itself {2}, hidden {3}, bf16 {4}, rows {5}")
    @CsvSource({
        "4, 27, 0, 8, 0, 0", // the narrowest rows
        "6, 4, 1, 16, 0, 1", // no multiple of four
        "20, 9, 1, 72, 1, 0", // groups of lanes that are not full
        "64, 9, 0, 256, 1, 1", // half a warp a row
        "128, 27, 0, 256, 1, 0", // a warp a row
        "256, 5, 0, 1024, 0, 1", // more than a warp a row
        "8, 1, 0, 8, 0, 0" // no tables
    })
    void kernelsGiveWhatDoublePrecisionGives(int dim, int features, int itself, int hidden, int bf16, int rows)
            throws IOException, InterruptedException {
        run(List.of(), dim, features, itself, hidden, bf16, rows);
    }

    @ParameterizedTest(name = "dim {0}, {1} features, itself {2}, hidden {3}, bf16 {4}, rows {5}")
    @CsvSource({"16, 27, 0, 64, 0, 0", "12, 6, 1, 136, 1, 1"})
    void kernelsTouchOnlyTheirMemory(int dim, int features, int itself, int hidden, int bf16, int rows)
            throws IOException, InterruptedException {
        List<String> sanitizers = List.of("-O0", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover");
        run(sanitizers, dim, features, itself, hidden, bf16, rows);
    }

    private void run(List<String> options, int dim, int features, int itself, int hidden, int bf16, int rows)
            throws IOException, InterruptedException {
        Path includes = StandIn.headers();
        Path kernels = extract("dlrm.cu");
        Path test = extract("kernels_test.cpp");
        Path program = folder.resolve("kernels_test");
        List<String> arguments = new ArrayList<>(StandIn.kernelFlags());
        arguments.addAll(options);
        arguments.addAll(List.of(
                "-I" + includes,
                "-DKERNELS=\"" + kernels + "\"",
                "-DDIM=" + dim,
                "-DFEATURES=" + features,
                "-DITSELF=" + itself,
                "-DHIDDEN=" + hidden,
                "-DBF16=" + bf16,
                "-DBF16_ROWS=" + rows,
                test.toString(),
                "-o",
                program.toString()));
        StandIn.compile(arguments);
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(program.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(RUN_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        assertThat(ended).as("ended within %d s", RUN_SECONDS).isTrue();
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
        assertThat(Files.readString(output)).endsWith("0 failed\n");
    }

    private Path extract(String name) throws IOException {
        Path file = folder.resolve(name);
        try (InputStream resource = Objects.requireNonNull(CudaEngine.class.getResourceAsStream(name), name)) {
            Files.copy(resource, file);
        }
        return file;
    }
}
