package io.dlrm4j.shards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.model.DlrmShape;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShardingPlanTest {
    private static final DlrmShape SHAPE = Shapes.of(16, List.of(1_000_000L, 3L));
    private static final ShardingPlan PLAN = new ShardingPlan(3, List.of(new TableWise(2), new TableWise(0)));

    @Test
    void printsTablesAndWhatEachRankHolds() {
        assertThat(PLAN.describe(SHAPE, new UpdateRule(OptimizerKind.ROW_WISE_ADAGRAD, 1e-10f)))
                .isEqualToNormalizingNewlines("""
                        table         rows          MiB  placement
                            0    1,000,000         64.8  table-wise on rank 2
                            1            3          0.0  table-wise on rank 0
                        rank 0: 1 shards, 3 rows, 0.0 MiB
                        rank 1: 0 shards, 0 rows, 0.0 MiB
                        rank 2: 1 shards, 1,000,000 rows, 64.8 MiB""");
    }

    @Test
    void countsOptimizerState() {
        ShardSpec shard = new ShardSpec(0, 0, 1000, 0, 16);
        assertThat(shard.bytes(new UpdateRule(OptimizerKind.SGD, 0))).isEqualTo(64_000);
        assertThat(shard.bytes(new UpdateRule(OptimizerKind.ROW_WISE_ADAGRAD, 0)))
                .isEqualTo(68_000);
        assertThat(shard.bytes(new UpdateRule(OptimizerKind.ADAGRAD, 0))).isEqualTo(128_000);
    }

    @Test
    void aRankWithoutTablesWantsNoIds() {
        assertThat(PLAN.shardsOf(1, SHAPE)).isEmpty();
        assertThat(PLAN.wantedIds(1)).containsExactly(false, false);
        assertThat(PLAN.wantedIds(2)).containsExactly(true, false);
    }

    @Test
    void plansThatCannotBeAreRefused() {
        assertThatThrownBy(() -> new ShardingPlan(2, List.of(new TableWise(1), new TableWise(2))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("sharding plan: table 1 on rank 2, want rank 0 to 1");
        assertThatThrownBy(() -> new ShardingPlan(0, List.of())).hasMessage("sharding plan: ranks=0, want 1 or more");
        assertThatThrownBy(() -> PLAN.requireFits(Shapes.of(16, List.of(4L))))
                .hasMessage("sharding plan: 2 tables, want 1, as the model");
    }
}
