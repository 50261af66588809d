package io.dlrm4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// NVIDIA's compiler takes the kernels for every architecture the engine runs on, without a local array in
/// memory.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class KernelsCompileIT {
    private static final List<Integer> ARCHITECTURES = List.of(80, 90, 100, 120);
    private static final int COMPILE_SECONDS = 240;

    @TempDir
    Path folder;

    @ParameterizedTest(name = "dim {0}, bf16 {1}")
    @CsvSource({"16, 0", "128, 1"})
    void compileForEveryArchitecture(int dim, int bf16) throws IOException, InterruptedException {
        assumeTrue(hasNvcc(), "no nvcc on this machine");
        Path source = folder.resolve("dlrm.cu");
        try (InputStream kernels = Objects.requireNonNull(CudaEngine.class.getResourceAsStream("dlrm.cu"))) {
            Files.copy(kernels, source);
        }
        List<String> command = new ArrayList<>(List.of("nvcc", "-std=c++17", "-fatbin", "-Xptxas", "-v"));
        for (int architecture : ARCHITECTURES) {
            command.add("-gencode=arch=compute_%d,code=sm_%d".formatted(architecture, architecture));
        }
        command.addAll(List.of("-DDIM=" + dim, "-DFEATURES=27", "-DITSELF=0", "-DHIDDEN=256"));
        command.addAll(List.of("-DBF16=" + bf16, "-DBF16_ROWS=" + bf16));
        command.addAll(
                List.of(source.toString(), "-o", folder.resolve("dlrm.fatbin").toString()));
        Path log = folder.resolve("log");
        Process compiler = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = compiler.waitFor(COMPILE_SECONDS, TimeUnit.SECONDS);
        compiler.destroyForcibly();
        assertThat(ended).isTrue();
        String said = Files.readString(log);
        assertThat(compiler.exitValue()).as(said).isZero();
        assertThat(said).doesNotContain("error", "warning");
        for (String line : said.lines().filter(l -> l.contains("stack frame")).toList()) {
            int bytes = Integer.parseInt(line.strip().split(" ", 2)[0]);
            assertThat(bytes).as("stack of a kernel: %s", line).isLessThanOrEqualTo(16);
        }
    }

    private static boolean hasNvcc() throws InterruptedException {
        try {
            return new ProcessBuilder("nvcc", "--version")
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException absent) {
            return false;
        }
    }
}
