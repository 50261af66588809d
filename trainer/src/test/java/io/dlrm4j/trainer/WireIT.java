package io.dlrm4j.trainer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.CollectivesKind;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.config.WireConfig.Format;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.trainer.PlantingEngine.Place;
import io.dlrm4j.trainer.PlantingEngine.Plant;
import io.dlrm4j.trainer.checkpoint.CheckpointStore;
import io.dlrm4j.trainer.checkpoint.Resharding;
import io.dlrm4j.trainer.checkpoint.StoredModel;
import io.dlrm4j.trainer.feed.JobData;
import io.dlrm4j.trainer.report.Profile;
import io.dlrm4j.trainer.report.TrainListener;
import io.dlrm4j.trainer.report.TrainReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Jobs whose ranks do not send all floats as they are.
class WireIT {
    private static final int STOP = 8;

    @TempDir
    Path folder;

    @AfterEach
    void plantNothing() {
        PlantingEngine.plant = null;
    }

    private JobConfig.Builder config(String name, Format format, double activations, double gradients) {
        JobConfig.Builder config = SmallJob.Spread.MIXED.in(SmallJob.config(OptimizerKind.ADAGRAD));
        config.getWireBuilder().setForward(format).setBackward(format).setAllReduce(format);
        config.getDctBuilder()
                .setActivations(activations)
                .setGradients(gradients)
                .setRefreshSteps(3); // so that the job stops between two
        config.getTrainBuilder().setProfile(true);
        config.getCheckpointBuilder().setPath(folder.resolve(name).toString());
        return config;
    }

    private static JobConfig stopped(JobConfig.Builder config) {
        config.getTrainBuilder().setMaxSteps(STOP);
        return config.build();
    }

    private static JobConfig resumed(JobConfig.Builder config) {
        config.getCheckpointBuilder().setResume(true);
        return config.build();
    }

    @ParameterizedTest
    @CsvSource({"BF16, 1, 1, false", "FP32, 0.3, 0.05, false", "BF16, 0.3, 0.05, true"})
    void continuesBitForBit(Format format, double activations, double gradients, boolean incremental) {
        SmallJob.Result whole =
                SmallJob.run(3, config("whole", format, activations, gradients).build());
        JobConfig.Builder parts = config("parts", format, activations, gradients);
        parts.getCheckpointBuilder()
                .setIncremental(incremental)
                .setAsynchronous(incremental)
                .setEvery(4);

        SmallJob.run(3, stopped(parts.clone()));
        SmallJob.Result resumed = SmallJob.run(3, resumed(parts));

        assertThat(resumed.losses())
                .isEqualTo(whole.losses().subList(STOP, whole.losses().size()));
        whole.weights()
                .forEach((name, weights) ->
                        assertThat(resumed.weights(name)).as(name).containsExactly(weights));
        assertThat(resumed.quality()).isEqualTo(whole.quality());
    }

    @Test
    void formatsHalveTheBytesAndTrainNearlyTheSame() {
        SmallJob.Result exact =
                SmallJob.run(2, config("exact", Format.FP32, 1, 1).build());
        SmallJob.Result half = SmallJob.run(2, config("half", Format.BF16, 1, 1).build());

        Profile.Bytes all = bytes(exact);
        Profile.Bytes less = bytes(half);
        assertThat(all.forward() / less.forward()).isCloseTo(2, within(0.1));
        assertThat(all.allReduce() / less.allReduce()).isCloseTo(2, within(0.1));
        assertThat(less.backward()).isLessThan(all.backward()); // copies of tables are summed as floats
        assertThat(half.quality().logLoss()).isCloseTo(exact.quality().logLoss(), within(0.01));
        assertThat(half.weights("dense")).isNotEqualTo(exact.weights("dense"));
    }

    private static Profile.Bytes bytes(SmallJob.Result result) {
        return requireNonNull(requireNonNull(result.reports().get(0)).profile()).bytes();
    }

    @Test
    void wholePartsAreTheSameAsNone() {
        SmallJob.Result off = SmallJob.run(3, plain("off"));
        SmallJob.Result on = SmallJob.run(3, config("on", Format.FP32, 1, 1).build());
        off.weights()
                .forEach(
                        (name, weights) -> assertThat(on.weights(name)).as(name).containsExactly(weights));
        assertThat(on.losses()).isEqualTo(off.losses());
    }

    private JobConfig plain(String name) {
        return config(name, Format.FP32, 1, 1).clearWire().clearDct().build();
    }

    /// What travels for a training must not decide how good a model seems to be.
    @Test
    void qualityIsThatOfTheModelAsItIsStored() {
        JobConfig config = config("stored", Format.INT8, 0.3, 0.05).build();
        BinaryMetrics trained = SmallJob.run(2, config).quality();
        List<BinaryMetrics> evaluated = Collections.synchronizedList(new ArrayList<>());
        LocalWorld.run(2, communicator -> {
            try (JobData data = SmallJob.data()) {
                evaluated.add(EvaluationJob.run(plain("stored"), communicator, data, TrainListener.NONE));
            }
        });
        assertThat(evaluated).hasSize(2).containsOnly(trained);
    }

    @Test
    void whatWasNotSentIsTakenOverByAnyNumberOfRanks() throws IOException {
        JobConfig.Builder config = config("parts", Format.FP32, 1, 0.05);
        SmallJob.run(3, stopped(config.clone()));
        double[] written = left(3, folder.resolve("parts"), config.build());
        Path resharded;
        try (StoredModel model = StoredModel.open(folder.resolve("parts"))) {
            resharded = Resharding.run(model, folder.resolve("four"), 4);
        }

        assertThat(Arrays.stream(written).filter(value -> value != 0).count()).isBetween(1L, written.length - 1L);
        for (int ranks : new int[] {2, 4}) {
            assertSame(left(ranks, folder.resolve("parts"), config.build()), written);
        }
        assertSame(left(2, resharded, config.build()), written);
        List<Double> losses = SmallJob.run(2, resumed(config)).losses();
        assertThat(losses).hasSize(4).allMatch(loss -> loss > 0 && loss < 1);
    }

    private static void assertSame(double[] sums, double[] written) {
        for (int i = 0; i < written.length; i++) {
            assertThat(sums[i]).isCloseTo(written[i], within(1e-9 + 1e-6 * Math.abs(written[i])));
        }
    }

    /// @return the sum over all ranks of what they have not sent, after they have read it
    private static double[] left(int ranks, Path path, JobConfig config) {
        double[][] all = new double[ranks][];
        LocalWorld.run(ranks, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("test");
                    JobData data = SmallJob.data();
                    HybridModel model = new HybridModel(config, data.training().schema(), 1, communicator, memory);
                    CheckpointStore store = new CheckpointStore(path, communicator, memory, warning -> {})) {
                store.restore(requireNonNull(store.newest()), model.contents());
                double[] left = new double[(int) model.dense().gradients().length()];
                for (int i = 0; i < left.length; i++) {
                    left[i] = model.buckets().left().get(i);
                }
                all[communicator.rank()] = left;
            }
        });
        double[] sum = new double[all[0].length];
        for (double[] left : all) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += left[i];
            }
        }
        return sum;
    }

    @Test
    void whatIsDroppedIsSaid() {
        JobConfig.Builder config = config("parts", Format.FP32, 1, 0.05);
        SmallJob.run(2, stopped(config.clone()));
        List<String> warnings = Collections.synchronizedList(new ArrayList<>());
        JobConfig without = resumed(config.clearDct());
        LocalWorld.run(2, communicator -> {
            try (JobData data = SmallJob.data()) {
                TrainReport _ = TrainingJob.run(without, communicator, data, new TrainListener() {
                    @Override
                    public void warned(String message) {
                        warnings.add(message);
                    }
                });
            }
        });
        assertThat(warnings)
                .singleElement()
                .asString()
                .endsWith(
                        "step-00000008: gradients that dct had not sent yet are dropped, because dct.gradients is 1 now");
    }

    @ParameterizedTest
    @CsvSource({"OWN_GRADIENT, bot.0.bias, 2", "POOLED_GRADIENT, 0, 1"})
    void noThresholdHidesWhatIsNoNumber(Place place, String name, int index) {
        PlantingEngine.plant = new Plant(place, name, index, Float.NaN, 1, 3);
        JobConfig.Builder config = config("planted", Format.BF16, 0.3, 0.05);
        config.getTrainBuilder().setEngine("planting").setMaxSteps(8);
        assertThatThrownBy(() -> SmallJob.run(2, config.build()))
                .isInstanceOf(DivergedException.class)
                .hasMessageContaining("step 3: rank ")
                .hasMessageContaining(" is NaN");
    }

    @Test
    void cardsAmongThemselvesSendFloats() {
        JobConfig.Builder config = config("cards", Format.BF16, 1, 1);
        config.clearSharding().getCommBuilder().setCollectives(CollectivesKind.NCCL);
        assertThatThrownBy(() -> SmallJob.run(2, config.build()))
                .hasStackTraceContaining("comm.collectives=nccl with a format of the wire or dct, want host");
    }
}
