package io.dlrm4j.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.Engines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Replays the recorded runs of the reference implementation on one rank, without any code of a trainer.
class EngineGoldenTest {
    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void replaysEveryRecordedRun(String name) throws IOException {
        Path golden = Path.of(System.getProperty("golden.dir", ""));
        assumeTrue(Files.isRegularFile(golden.resolve("lr-policy.json")), "golden.dir holds no recorded runs");
        try (Engine engine = Engines.byName(name, 1)) {
            EngineChecks.replaysEveryRecordedRun(engine, golden);
        }
    }
}
