package io.dlrm4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.cuda.api.KernelCache;
import io.dlrm4j.cuda.api.LibrarySearch;
import io.dlrm4j.cuda.api.Matrix;
import io.dlrm4j.testkit.EngineChecks;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.testkit.WholeStepRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// The fastest algorithm of each matrix product is found on the card once, and remembered.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class AlgorithmChoiceTest {
    private static final RandomBatches SOURCE = RandomBatches.oneHot(61, 32, EngineChecks.DENSE, EngineChecks.rows());

    @TempDir
    Path cache;

    @RegisterExtension
    final OnStandIn standIn = new OnStandIn();

    @BeforeEach
    void open() throws IOException, InterruptedException {
        Path kernels = standIn.folder().resolve("kernels"); // compiled ones are taken from the other tests
        if (Files.exists(kernels)) {
            for (Path kernel : files(kernels, ".cubin")) {
                Files.copy(kernel, cache.resolve(kernel.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        standIn.set("algorithms", 4);
    }

    private static List<Path> files(Path folder, String end) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(end)).toList();
        }
    }

    /// @return matrix products enqueued, those of trials included
    private long train(int... sizes) {
        long before = standIn.count("products");
        CudaEngine.Options options = new CudaEngine.Options(0, Precision.FP32, Matrix.Type.FLOAT, 0, true);
        LibrarySearch search = standIn.search();
        try (CudaEngine engine = new CudaEngine(search, options, new KernelCache(cache));
                WholeStepRun run = new WholeStepRun(
                        engine,
                        EngineChecks.shape(InteractionKind.DOT, false, LossKind.BCE),
                        OptimizerKind.ADAGRAD,
                        SOURCE)) {
            run.train(sizes, 0.05f, EngineChecks.SINGLE_PRECISION);
            run.compareWeights(EngineChecks.SINGLE_PRECISION);
        }
        return standIn.count("products") - before;
    }

    @Test
    void theFastestIsTakenAndTrialsChangeNothing() {
        standIn.set("fastest_algorithm", 3);
        train(9, 9, 4, 1, 9); // plans for 4 samples and for 1 are made while a step is under way
        assertThat(standIn.count("algorithm")).isEqualTo(3);
    }

    @Test
    void theFirstIsKeptWhereNoneIsFaster() {
        standIn.set("fastest_algorithm", 0);
        train(9);
        assertThat(standIn.count("algorithm")).isEqualTo(1);
    }

    @Test
    void aChoiceIsRememberedOnDisk() throws IOException {
        standIn.set("fastest_algorithm", 2);
        long withTrials = train(9, 9);
        assertThat(files(cache, ".txt")).hasSize(1);
        standIn.set("fastest_algorithm", 4);
        long withoutTrials = train(9, 9);
        assertThat(standIn.count("algorithm")).isEqualTo(2);
        assertThat(withoutTrials).isLessThan(withTrials / 2);
        standIn.set("algorithms", 1);
        assertThat(train(9, 9)).as("enqueued where nothing is to be chosen").isEqualTo(withoutTrials);
    }

    @Test
    void oneThatIsNoLongerProposedIsChosenAnew() {
        standIn.set("fastest_algorithm", 4);
        train(9);
        standIn.set("algorithms", 3);
        standIn.set("fastest_algorithm", 2);
        train(9);
        assertThat(standIn.count("algorithm")).isEqualTo(2);
    }

    @Test
    void oneThatDoesNotRunIsPassedOver() {
        standIn.set("fastest_algorithm", 1);
        standIn.set("broken_algorithm", 1);
        train(9);
        assertThat(standIn.count("algorithm")).isEqualTo(2);
    }

    @Test
    void aDamagedFileCostsTrialsAndNothingElse() throws IOException {
        standIn.set("fastest_algorithm", 2);
        train(9);
        Path file = files(cache, ".txt").getFirst();
        List<String> lines = Files.readAllLines(file);
        Files.writeString(file, "nonsense\n" + lines.getFirst().substring(0, 100) + "\n\0 zz zz\nabc xyz\n");
        train(9);
        assertThat(standIn.count("algorithm")).isEqualTo(2);
    }
}
