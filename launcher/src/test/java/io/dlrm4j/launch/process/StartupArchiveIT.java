package io.dlrm4j.launch.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Workers' virtual machines on the packaged jars, with a recorded archive and with one that does not fit: every one
/// does its work and says nothing else.
class StartupArchiveIT {
    private static final long SECONDS = 60;
    private static final String FROM_ARCHIVE = "shared objects file (top)";
    private static final String ANSWER = "dlrm4j 0.1.0\n";

    @TempDir
    static Path folder;

    private static String jars = "";
    private static Path recorded = Path.of("");

    @BeforeAll
    static void record() throws Exception {
        try (Stream<Path> found = Files.list(Path.of("target", "dlrm", "lib"))) {
            jars = found.map(Path::toAbsolutePath)
                    .map(Path::toString)
                    .sorted()
                    .collect(Collectors.joining(File.pathSeparator));
        }
        recorded = folder.resolve("worker.jsa");
        assertThat(run(jars, new StartupArchive(null, recorded), true)).isEqualTo(ANSWER);
        assertThat(recorded).isNotEmptyFile();
    }

    /// @return standard output of `dlrm --version` in a worker's virtual machine
    private static String run(String classPath, StartupArchive archive, boolean recorder, String... flags)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(WorkerJvm.options());
        command.addAll(archive.options(recorder, false));
        command.addAll(List.of(flags));
        command.addAll(List.of("-cp", classPath, "io.dlrm4j.launch.Main", "--version"));
        Path errors = folder.resolve("errors");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(out).isZero();
        assertThat(Files.readString(errors)).isEqualTo("WARNING: Using incubator modules: jdk.incubator.vector\n");
        return out;
    }

    private static StartupArchive using(@Nullable Path file) {
        return new StartupArchive(file, null);
    }

    private static String loadedClasses(String classPath, Path archive) throws Exception {
        return run(classPath, using(archive), false, "-Xlog:class+load");
    }

    @Test
    void aWorkerTakesItsClassesFromTheArchive() throws Exception {
        assertThat(run(jars, using(recorded), false)).isEqualTo(ANSWER);
        assertThat(loadedClasses(jars, recorded))
                .containsPattern("io\\.dlrm4j\\.launch\\.Main source: shared objects file \\(top\\)");
    }

    @Test
    void anotherClassPathDoesWithoutTheArchive() throws Exception {
        List<String> shorter = Arrays.asList(jars.split(File.pathSeparator)).reversed();
        String reversed = String.join(File.pathSeparator, shorter);
        assertThat(run(reversed, using(recorded), false)).isEqualTo(ANSWER);
        assertThat(loadedClasses(reversed, recorded)).doesNotContain(FROM_ARCHIVE);
    }

    @Test
    void aJarThatChangedDoesWithoutTheArchive() throws Exception {
        Path lib = Files.createDirectory(folder.resolve("lib"));
        List<String> copies = new ArrayList<>();
        for (String jar : jars.split(File.pathSeparator, -1)) {
            boolean ours = Path.of(jar).getFileName().toString().startsWith("launcher-");
            copies.add(
                    ours ? Files.copy(Path.of(jar), lib.resolve("launcher.jar")).toString() : jar);
        }
        assertThat(loadedClasses(String.join(File.pathSeparator, copies), recorded))
                .doesNotContain(FROM_ARCHIVE);
    }

    @Test
    void aDamagedArchiveIsLeftAlone() throws Exception {
        byte[] bytes = Files.readAllBytes(recorded);
        Path cut = Files.write(folder.resolve("cut.jsa"), Arrays.copyOf(bytes, bytes.length / 2));
        byte[] wrongHead = bytes.clone();
        Arrays.fill(wrongHead, 0, 4096, (byte) 7);
        Path other = Files.write(folder.resolve("other.jsa"), wrongHead);
        Path empty = Files.createFile(folder.resolve("empty.jsa"));
        for (Path damaged : List.of(cut, other, empty)) {
            assertThat(run(jars, using(damaged), false)).as(damaged.toString()).isEqualTo(ANSWER);
        }
    }

    @Test
    void anArchiveThatIsNotThereIsNotAskedFor() throws Exception {
        StartupArchive absent = using(folder.resolve("absent.jsa"));
        assertThat(absent.options(true, false)).isEmpty();
        assertThat(using(null).options(true, false)).isEmpty();
        assertThat(run(jars, absent, false)).isEqualTo(ANSWER);
    }

    @Test
    void oneWorkerRecordsAndTheOthersDoNot() {
        StartupArchive recording = new StartupArchive(null, recorded);
        assertThat(recording.options(true, true)).containsExactly("-XX:ArchiveClassesAtExit=" + recorded);
        assertThat(recording.options(false, true)).isEmpty();
    }
}
