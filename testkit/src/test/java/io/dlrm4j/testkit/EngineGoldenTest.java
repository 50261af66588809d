package io.dlrm4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.Engines;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Replays the recorded runs of the reference implementation on one rank, without any code of a trainer.
class EngineGoldenTest {
    /// Absolute and relative: two sums in single precision, in different orders, over 50 steps.
    private static final float SINGLE_PRECISION = 1e-5f;

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void replaysEveryRecordedRun(String name) throws IOException {
        Path golden = Path.of(System.getProperty("golden.dir", ""));
        assumeTrue(Files.isRegularFile(golden.resolve("lr-policy.json")), "golden.dir holds no recorded runs");
        try (Engine engine = Engines.byName(name, 1)) {
            for (GoldenCase recorded : GoldenCase.all(golden)) {
                replay(engine, recorded);
            }
        }
    }

    private static void replay(Engine engine, GoldenCase recorded) throws IOException {
        String name = engine.name() + " " + recorded.folder().getFileName();
        DlrmShape shape = recorded.shape();
        ReferenceDlrm model = recorded.model();
        float[] losses = recorded.floats("loss");
        try (RandomBatches source = recorded.source();
                EngineRun run = new EngineRun(
                        engine,
                        shape,
                        recorded.denseRule(),
                        recorded.tableRule(),
                        source,
                        EngineRun.Layout.TABLE_BY_TABLE)) {
            run.copyWeightsOf(model);
            long first = 0;
            for (int step = 0; step < losses.length; step++) {
                int size = recorded.config().get("batch_sizes").get(step).asInt();
                double loss = run.step(source, first, size, (float) recorded.learningRate());
                assertClose(name + " loss of step " + step, new float[] {(float) loss}, new float[] {losses[step]});
                first += size;
            }
            float[] weights = run.dense().weights().toArray();
            for (Parameter parameter : shape.denseParameters()) {
                int from = (int) parameter.offset();
                float[] own = Arrays.copyOfRange(weights, from, from + (int) parameter.count());
                assertClose(name + " " + parameter.name(), own, recorded.floats("final." + parameter.name()));
            }
            for (int t = 0; t < shape.tables().size(); t++) {
                assertClose(name + " table " + t, run.rows(t), recorded.floats("final.emb." + t + ".weight"));
                if (run.table(t).stateWidth() > 0) {
                    assertClose(name + " state " + t, run.state(t), recorded.floats("state.emb." + t + ".weight"));
                }
            }
        }
    }

    private static void assertClose(String what, float[] got, float[] want) {
        assertThat(got).as(what).hasSameSizeAs(want);
        for (int i = 0; i < got.length; i++) {
            double tolerance = SINGLE_PRECISION * (1 + Math.abs(want[i]));
            if (!(Math.abs(got[i] - want[i]) < tolerance)) { // a NaN too
                fail("%s [%d]: %s, want %s", what, i, got[i], want[i]);
            }
        }
    }
}
