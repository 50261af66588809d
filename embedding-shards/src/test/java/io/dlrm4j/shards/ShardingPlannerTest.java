package io.dlrm4j.shards;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.data.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardingPlannerTest {
    /// Rows of the tables of Criteo Kaggle.
    private static final List<Long> KAGGLE = List.of(
            1460L,
            583L,
            10_131_227L,
            2_202_608L,
            305L,
            24L,
            12_517L,
            633L,
            3L,
            93_145L,
            5683L,
            8_351_593L,
            3194L,
            27L,
            14_992L,
            5_461_306L,
            10L,
            5652L,
            2173L,
            4L,
            7_046_547L,
            18L,
            15L,
            286_181L,
            105L,
            142_572L);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 26, 40})
    void everyRowHasOneOwner(int ranks) {
        ShardingPlan plan = ShardingPlanner.greedy(Shapes.of(16, KAGGLE), ranks);
        List<Integer> owned = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
            for (ShardSpec shard : plan.shardsOf(rank, Shapes.of(16, KAGGLE))) {
                owned.add(shard.table());
                assertThat(shard).isEqualTo(new ShardSpec(shard.table(), 0, KAGGLE.get(shard.table()), 0, 16));
                assertThat(plan.wantedIds(rank)[shard.table()]).isTrue();
            }
        }
        assertThat(owned)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 26).boxed().toList());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void neitherLookupsNorRowsOfKaggleGatherOnOneRank(int ranks) {
        ShardingPlan plan = ShardingPlanner.greedy(Shapes.of(16, KAGGLE), ranks);
        double allRows = KAGGLE.stream().mapToLong(Long::longValue).sum();
        for (int rank = 0; rank < ranks; rank++) {
            List<ShardSpec> shards = plan.shardsOf(rank, Shapes.of(16, KAGGLE));
            double rows = shards.stream().mapToLong(ShardSpec::rows).sum() / allRows;
            double lookups = shards.size() / 26.0;
            assertThat(rows + lookups).as("load of rank %d", rank).isBetween(1.9 / ranks, 2.1 / ranks);
        }
    }

    @Test
    void thePlanIsTheSameEachTime() {
        assertThat(ShardingPlanner.greedy(Shapes.of(16, KAGGLE), 5))
                .isEqualTo(ShardingPlanner.greedy(Shapes.of(16, KAGGLE), 5));
    }

    @Test
    void equalTablesGoRoundInOrder() {
        ShardingPlan plan = ShardingPlanner.greedy(Shapes.of(4, List.of(10L, 10L, 10L, 10L, 10L)), 2);
        assertThat(plan.placements())
                .containsExactly(
                        new TableWise(0), new TableWise(1), new TableWise(0), new TableWise(1), new TableWise(0));
    }

    @Test
    void aTableOfManyLookupsGetsARankOfItsOwn() {
        Schema schema = new Schema(
                1, List.of(new Schema.Table("A", 10, 1), new Schema.Table("B", 10, 100), new Schema.Table("C", 10, 1)));
        ShardingPlan plan = ShardingPlanner.greedy(Shapes.of(4, List.of(10L, 10L, 10L)), schema, 2);
        assertThat(plan.placements()).containsExactly(new TableWise(1), new TableWise(0), new TableWise(1));
    }
}
