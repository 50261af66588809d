package io.dlrm4j.mlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.comm.CommListener;
import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.WireConfig.Format;
import io.dlrm4j.core.kernel.WireCodec;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Sums of gradients that do not travel as they are.
class WireSumsTest {
    private static final int LENGTH = 5_003;
    private static final int BUCKET = 1_200;
    private static final int STEPS = 5;

    /// @return what one rank ends with in each step, `[rank][step][gradient]`
    private static float[][][] sums(int ranks, SumFormat format) {
        float[][][] all = new float[ranks][STEPS][];
        LocalWorld.run(ranks, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("test")) {
                Floats gradients = memory.floats("gradients", LENGTH);
                GradientBuckets buckets =
                        new GradientBuckets(communicator, gradients, BUCKET, format, bucket -> true, memory);
                for (int step = 0; step < STEPS; step++) {
                    draw(gradients, step, communicator.rank());
                    buckets.atStep(step);
                    buckets.accept(BUCKET + 7);
                    buckets.accept(0);
                    buckets.sumOverRanks();
                    all[communicator.rank()][step] = gradients.toArray();
                }
            }
        });
        return all;
    }

    private static void draw(Floats gradients, int step, int rank) {
        SplittableRandom random = new SplittableRandom(step * 31 + rank);
        for (int i = 0; i < gradients.length(); i++) {
            gradients.set(i, (float) random.nextGaussian() * (1 + i % 7) / 1000);
        }
    }

    @ParameterizedTest
    @CsvSource({"2, BF16, 1", "3, BF16, 1", "3, FP16, 1", "5, INT8, 1", "2, FP32, 0.01", "3, FP32, 0.2", "4, BF16, 0.5"
    })
    void allRanksHoldTheSameBitsAndTheSameAgain(int ranks, Format format, double kept) {
        SumFormat how = new SumFormat(format, kept, 3);
        float[][][] sums = sums(ranks, how);
        for (int rank = 1; rank < ranks; rank++) {
            for (int step = 0; step < STEPS; step++) {
                assertThat(sums[rank][step]).as("rank %d, step %d", rank, step).isEqualTo(sums[0][step]);
            }
        }
        assertThat(sums(ranks, how)).isDeepEqualTo(sums);
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void packedSumsAreTheSumsButForTheirRounding(Format format) {
        float[][] exact = sums(3, SumFormat.EXACT)[0];
        float[][] packed = sums(3, new SumFormat(format, 1, 1))[0];
        // of values up to 0.03 and sums up to 0.06, each rounded once
        double error = switch (format) {
            case FP32 -> 0;
            case BF16 -> 1.5 * 0.06 / 128;
            case FP16 -> 1.5 * 0.06 / 1024;
            case INT8 -> 2.5 * 0.06 / 127;
        };
        for (int step = 0; step < STEPS; step++) {
            for (int i = 0; i < LENGTH; i++) {
                assertThat((double) packed[step][i]).isCloseTo(exact[step][i], within(error));
            }
        }
        assertThat(Arrays.equals(exact[0], packed[0])).isEqualTo(format == Format.FP32);
    }

    @Test
    void whereAllGradientsTravelTheSumsAreThoseOfAllReduce() {
        float[][] plain = sums(2, SumFormat.EXACT)[0];
        float[][] all = new float[STEPS][];
        LocalWorld.run(2, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("test")) {
                Floats bucket = memory.floats("gradients", LENGTH);
                Floats left = memory.floats("left", LENGTH);
                ThresholdedSum sum = thresholded(communicator, bucket, left, 1, memory);
                for (int step = 0; step < STEPS; step++) {
                    draw(bucket, step, communicator.rank());
                    run(sum, step % 2 == 0);
                    assertThat(left.toArray()).containsOnly(0);
                    all[step] = bucket.toArray();
                }
            }
        });
        assertThat(all).isDeepEqualTo(plain);
    }

    private static ThresholdedSum thresholded(
            Communicator communicator, Floats bucket, Floats left, double part, OffHeap memory) {
        Floats threshold = Floats.of(memory, "threshold", -1);
        return new ThresholdedSum(communicator, new WireCodec(Format.FP32), bucket, left, threshold, part, memory);
    }

    private static void run(ThresholdedSum sum, boolean renew) {
        sum.renew(renew);
        sum.join();
        sum.start();
        sum.next();
        sum.await();
    }

    /// Whole numbers, so that sums are exact in any order.
    @ParameterizedTest
    @CsvSource({"2, 0.01", "2, 0.3", "3, 0.001", "3, 0.4"})
    void whatWasSentAndWhatIsLeftIsTheSumOfAll(int ranks, double part) {
        float[][] left = new float[ranks][];
        double[][] given = new double[ranks][LENGTH];
        double[][] sent = new double[ranks][LENGTH];
        LocalWorld.run(ranks, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("test")) {
                int rank = communicator.rank();
                SplittableRandom random = new SplittableRandom(rank);
                Floats bucket = memory.floats("gradients", LENGTH);
                Floats unsent = memory.floats("left", LENGTH);
                ThresholdedSum sum = thresholded(communicator, bucket, unsent, part, memory);
                for (int step = 0; step < 8; step++) {
                    for (int i = 0; i < LENGTH; i++) {
                        int drawn = random.nextInt(-1000, 1001) * random.nextInt(0, 2);
                        bucket.set(i, drawn);
                        given[rank][i] += drawn;
                    }
                    run(sum, step % 3 == 0);
                    for (int i = 0; i < LENGTH; i++) {
                        sent[rank][i] += bucket.get(i);
                    }
                }
                left[rank] = unsent.toArray();
            }
        });
        int unsent = 0;
        for (int i = 0; i < LENGTH; i++) {
            double all = 0;
            double rest = 0;
            for (int rank = 0; rank < ranks; rank++) {
                all += given[rank][i];
                rest += left[rank][i];
                unsent += left[rank][i] != 0 ? 1 : 0;
                assertThat(sent[rank][i]).isEqualTo(sent[0][i]);
            }
            assertThat(sent[0][i] + rest).as("gradient %d", i).isEqualTo(all);
        }
        assertThat(unsent).isPositive();
    }

    @Test
    void bytesAreThoseOfTheFormulas() {
        long plain = bytes(2, SumFormat.EXACT);
        assertThat(plain).isEqualTo(4L * LENGTH);
        assertThat(bytes(2, new SumFormat(Format.BF16, 1, 1))).isEqualTo(2L * LENGTH);
        // 4 buckets of 1,200 and one of 203: 12 and 3 gradients of 8 bytes, and a count of 8 for each bucket
        assertThat(bytes(2, new SumFormat(Format.FP32, 0.01, 1))).isEqualTo((4 * 12 + 3) * 8 + 5 * 8);
        // 0.2 of a bucket by bits: 150 and 240 * 4; 26 and 41 * 4
        assertThat(bytes(2, new SumFormat(Format.FP32, 0.2, 1))).isEqualTo(4 * (150 + 240 * 4) + 26 + 41 * 4 + 5 * 8);
    }

    /// @return bytes that rank 0 gives to the other in one step
    private static long bytes(int ranks, SumFormat format) {
        long[] given = new long[ranks];
        LocalWorld.run(ranks, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("test")) {
                communicator.listen(new CommListener() {
                    @Override
                    public void gave(Lane lane, long bytes) {
                        given[communicator.rank()] += lane == Lane.DENSE ? bytes : 0;
                    }
                });
                Floats gradients = memory.floats("gradients", LENGTH);
                draw(gradients, 0, communicator.rank());
                GradientBuckets buckets =
                        new GradientBuckets(communicator, gradients, BUCKET, format, bucket -> true, memory);
                buckets.accept(0);
                buckets.sumOverRanks();
                communicator.barrier(Lane.CONTROL).await();
            }
        });
        // the parts of a sum differ by some floats from rank to rank
        long all = Arrays.stream(given).sum();
        assertThat(all % ranks).isZero();
        return all / ranks;
    }

    @Test
    void aGradientThatIsNoNumberIsFoundAlthoughItWouldNotBeSent() {
        LocalWorld.run(2, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("test")) {
                Floats gradients = memory.floats("gradients", 100);
                gradients.fill(1);
                gradients.set(3, 1e30f);
                SumFormat format = new SumFormat(Format.FP32, 0.01, 1);
                GradientBuckets buckets = new GradientBuckets(
                        communicator, gradients, 100, format, bucket -> bucket.firstNotFinite() < 0, memory);
                buckets.left().set(50, Float.NaN); // as if it had been hidden there
                buckets.accept(0);
                assertThat(buckets.refused()).isTrue();
            }
        });
    }

    @Test
    void partsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new SumFormat(Format.FP32, 0, 1))
                .hasMessage("dct.gradients=0.0, want more than 0, up to 1");
        assertThatThrownBy(() -> new SumFormat(Format.FP32, Double.NaN, 1)).hasMessageContaining("dct.gradients=NaN");
        assertThatThrownBy(() -> new SumFormat(Format.FP32, 1, 0)).hasMessage("dct.refresh_steps=0, want 1 or more");
    }
}
