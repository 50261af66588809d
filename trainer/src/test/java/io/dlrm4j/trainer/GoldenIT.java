package io.dlrm4j.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.StepClock;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.Parameter;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.trainer.checkpoint.Contents;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Replays every recorded run of the reference implementation on every engine with one, two and three ranks.
class GoldenIT {
    /// Absolute and relative: single precision summed in another order; deliberate mistakes differ by 4e-5 and more.
    private static final double TOLERANCE = 1e-5;

    static List<Arguments> runs() {
        List<Arguments> all = new ArrayList<>();
        List<String> names = GoldenRun.names();
        for (String name : names.isEmpty() ? List.of("absent") : names) {
            for (String engine : List.of("cpu", "nd4j")) {
                for (int ranks = 1; ranks <= 3; ranks++) {
                    all.add(Arguments.of(name, engine, ranks));
                }
            }
        }
        return all;
    }

    @ParameterizedTest(name = "{0} on {1} with {2} ranks")
    @MethodSource("runs")
    void replaysTheRecordedRun(String name, String engine, int ranks) throws IOException {
        assumeTrue(!name.equals("absent"), "golden.dir holds no recorded runs");
        GoldenRun golden = GoldenRun.open(name);
        LocalWorld.run(ranks, communicator -> replay(golden, golden.job(engine), communicator));
    }

    private static void replay(GoldenRun golden, JobConfig job, Communicator communicator) throws IOException {
        int[] sizes = golden.batchSizes();
        int maxBatch = Arrays.stream(sizes).max().orElseThrow();
        try (OffHeap memory = OffHeap.unlimited("rank " + communicator.rank());
                RandomBatches source = golden.source();
                HybridModel model = new HybridModel(job, source.schema(), maxBatch, communicator, memory)) {
            golden.initialize(model.contents());
            HybridStep step = new HybridStep(model, StepClock.NONE);
            Batch batch = model.newBatch("batch", maxBatch);
            float[] losses = golden.floats("loss");
            long first = 0;
            for (int k = 0; k < sizes.length; k++) {
                source.read(first, sizes[k], batch);
                if (k == 0 || k == sizes.length - 1) {
                    assertPredictions(golden, k == 0 ? "pred_first" : "pred_last", step.forward(batch), batch);
                }
                double loss = step.run(batch, (float) job.getOptimizer().getLearningRate());
                assertClose("loss of step " + k, loss, losses[k]);
                if (k == 0) {
                    assertGradients(golden, job, model.contents());
                }
                first += sizes[k];
            }
            assertThat(first).isEqualTo(source.samples());
            assertWeights(golden, model.contents());
        }
    }

    private static void assertPredictions(GoldenRun golden, String name, Floats logits, Batch batch)
            throws IOException {
        float[] want = golden.floats(name);
        for (int i = 0; i < batch.size(); i++) {
            assertClose(name + " " + i, 1 / (1 + Math.exp(-logits.get(i))), want[batch.from() + i]);
        }
    }

    /// The dense gradients are at hand; those of the tables show in the first update.
    private static void assertGradients(GoldenRun golden, JobConfig job, Contents contents) throws IOException {
        for (Parameter parameter : contents.shape().denseParameters()) {
            assertClose("grad0." + parameter.name(), dense(contents.dense().gradients(), parameter), golden, 0);
        }
        for (Contents.Rows rows : contents.rows()) {
            String name = "emb.%d.weight".formatted(rows.table());
            float[] gradients = golden.floats("grad0." + name);
            float[] initial = golden.floats("init." + name);
            float[] weights = read(rows.part(), false);
            float[] state = read(rows.part(), true);
            int dim = rows.part().dim();
            int from = (int) rows.firstRow() * dim;
            double rate = job.getOptimizer().getLearningRate();
            for (int i = 0; i < weights.length; i++) {
                double g = gradients[from + i];
                if (job.getOptimizer().getTables() == OptimizerKind.SGD) {
                    assertClose("grad0." + name + i, (initial[from + i] - weights[i]) / rate, g);
                } else if (job.getOptimizer().getTables() == OptimizerKind.ADAGRAD) {
                    assertClose("grad0." + name + i, Math.sqrt(state[i]), Math.abs(g));
                } else if (i % dim == 0) {
                    assertClose("grad0." + name + i, state[i / dim], meanSquare(gradients, from + i, dim));
                }
            }
        }
    }

    private static double meanSquare(float[] values, int from, int count) {
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += (double) values[i] * values[i];
        }
        return sum / count;
    }

    static void assertWeights(GoldenRun golden, Contents contents) throws IOException {
        for (Parameter parameter : contents.shape().denseParameters()) {
            assertClose("final." + parameter.name(), dense(contents.dense().weights(), parameter), golden, 0);
            if (contents.dense().state().length() > 0) {
                assertClose("state." + parameter.name(), dense(contents.dense().state(), parameter), golden, 0);
            }
        }
        for (Contents.Rows rows : contents.rows()) {
            String name = "emb.%d.weight".formatted(rows.table());
            int dim = rows.part().dim();
            assertClose("final." + name, read(rows.part(), false), golden, (int) rows.firstRow() * dim);
            int width = rows.part().stateWidth();
            if (width > 0) {
                assertClose("state." + name, read(rows.part(), true), golden, (int) rows.firstRow() * width);
            }
        }
    }

    private static float[] dense(Floats flat, Parameter parameter) {
        return flat.slice(parameter.offset(), parameter.count()).toArray();
    }

    private static float[] read(EmbeddingTable table, boolean state) {
        try (OffHeap memory = OffHeap.unlimited("test")) {
            Floats out = memory.floats("rows", table.rows() * (state ? table.stateWidth() : table.dim()));
            if (state) {
                table.readState(0, table.rows(), out);
            } else {
                table.readWeights(0, table.rows(), out);
            }
            return out.toArray();
        }
    }

    private static void assertClose(String name, float[] got, GoldenRun golden, int from) throws IOException {
        float[] want = golden.floats(name);
        for (int i = 0; i < got.length; i++) {
            assertClose(name + " " + i, got[i], want[from + i]);
        }
    }

    private static void assertClose(String what, double got, double want) {
        if (!(Math.abs(got - want) <= TOLERANCE * (1 + Math.abs(want)))) {
            throw new AssertionError("%s: %s, want %s".formatted(what, got, want));
        }
    }
}
