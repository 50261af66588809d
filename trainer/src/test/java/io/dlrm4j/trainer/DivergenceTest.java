package io.dlrm4j.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.data.Schema;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.trainer.feed.Schedule;
import java.util.List;
import org.junit.jupiter.api.Test;

class DivergenceTest {
    /// Six samples in batches of two; the second table has several ids a sample.
    private final Divergence divergence = new Divergence(
            2,
            new RandomBatches(
                    new Schema(1, List.of(new Schema.Table("C1", 9, 1), new Schema.Table("C2", 9, 3))),
                    new float[6],
                    new float[6],
                    new int[][] {{1, 2, 3, 4, 5, 6}, {7, 8, 1, 3, 3, 5}},
                    new int[][] {null, {0, 1, 2, 2, 3, 5, 6}}),
            new Schedule(6, 2, false, 6));

    @Test
    void rowsOfAnotherRankAreReadFromTheData() {
        assertThat(divergence.of(5, new NotFiniteException("the pooled vector of table 1 is NaN", 0, 1)))
                .hasMessage("step 5: rank 2: the pooled vector of table 1 is NaN, the sum of rows 3, 3, "
                        + "at sample 4 of the epoch, in the batch of samples 4 to 6; " + DivergedException.ADVICE);
        assertThat(divergence.of(1, new NotFiniteException("the pooled vector of table 0 is NaN", 1, 0)))
                .hasMessageContaining("table 0 is NaN, the sum of row 4, at sample 3 of the epoch");
    }

    @Test
    void aLossOfAllRanksNamesItsSamples() {
        assertThat(divergence.of(4, Double.NEGATIVE_INFINITY))
                .hasMessage("step 4: loss=-Infinity on samples 2 to 4 of the epoch, want a finite number; "
                        + DivergedException.ADVICE);
    }
}
