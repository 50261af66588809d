package io.dlrm4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Replays the recorded runs of the reference implementation, which were made in single precision.
class ReferenceDlrmGoldenTest {
    /// Absolute and relative: single precision over 50 steps; deliberate mistakes are 4e-5 and more.
    private static final double SINGLE_PRECISION = 1e-5;

    @Test
    void replaysEveryRecordedRun() throws IOException {
        Path golden = Path.of(System.getProperty("golden.dir", ""));
        assumeTrue(Files.isRegularFile(golden.resolve("lr-policy.json")), "golden.dir holds no recorded runs");
        List<GoldenCase> cases = GoldenCase.all(golden);
        assertThat(cases).isNotEmpty();
        for (GoldenCase recorded : cases) {
            replay(recorded);
        }
    }

    private static void replay(GoldenCase recorded) throws IOException {
        String name = recorded.folder().getFileName().toString();
        DlrmShape shape = recorded.shape();
        ReferenceDlrm model = recorded.model();
        train(recorded, model, name);
        for (Parameter parameter : shape.denseParameters()) {
            int from = (int) parameter.offset();
            double[] weights = Arrays.copyOfRange(model.weights(), from, from + (int) parameter.count());
            assertClose(name + " " + parameter.name(), weights, recorded.floats("final." + parameter.name()));
        }
        boolean stateful = recorded.denseRule().kind() != OptimizerKind.SGD;
        for (int t = 0; t < shape.tables().size(); t++) {
            String table = "emb." + t + ".weight";
            assertClose(name + " " + table, model.table(t), recorded.floats("final." + table));
            if (stateful) {
                assertClose(name + " state " + table, model.tableState(t), recorded.floats("state." + table));
            }
        }
    }

    private static void train(GoldenCase recorded, ReferenceDlrm model, String name) throws IOException {
        float[] losses = recorded.floats("loss");
        boolean[] all = new boolean[recorded.shape().tables().size()];
        Arrays.fill(all, true);
        try (RandomBatches source = recorded.source();
                OffHeap memory = OffHeap.unlimited("test")) {
            Batch batch = new Batch(memory, "batch", source.schema(), 64, 0, 1, all);
            long first = 0;
            for (int step = 0; step < losses.length; step++) {
                int size = recorded.config().get("batch_sizes").get(step).asInt();
                source.read(first, size, batch);
                first += size;
                double loss = model.step(Samples.of(batch, source.schema().denseFeatures()), recorded.learningRate());
                assertClose(name + " loss of step " + step, new double[] {loss}, new float[] {losses[step]});
            }
            assertThat(first).isEqualTo(source.samples());
        }
    }

    private static void assertClose(String what, double[] got, float[] want) {
        assertThat(got).as(what).hasSameSizeAs(want);
        for (int i = 0; i < got.length; i++) {
            double tolerance = SINGLE_PRECISION * (1 + Math.abs(want[i]));
            if (!(Math.abs(got[i] - want[i]) < tolerance)) { // a NaN too
                fail("%s [%d]: %s, want %s", what, i, got[i], want[i]);
            }
        }
    }
}
