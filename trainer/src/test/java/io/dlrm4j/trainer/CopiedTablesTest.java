package io.dlrm4j.trainer;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.trainer.feed.JobData;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Copies of a data-parallel table that differ by one float are found, before a checkpoint keeps one of them.
class CopiedTablesTest {
    private static final int RANKS = 3;
    private static final int TABLE = 2;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anOtherRowOnOneRankIsNamed(boolean inState) {
        JobConfig config = SmallJob.Spread.DATA_PARALLEL
                .in(SmallJob.config(OptimizerKind.ADAGRAD))
                .build();
        assertThatThrownBy(() -> LocalWorld.run(RANKS, communicator -> {
                    try (OffHeap memory = OffHeap.unlimited("rank");
                            JobData data = SmallJob.data();
                            HybridModel model =
                                    new HybridModel(config, data.training().schema(), 4, communicator, memory)) {
                        model.initialize(1);
                        model.requireEqualReplicas("step 0");
                        if (communicator.rank() == 1) {
                            spoil(model.tables().shards().get(TABLE).rows(), inState, memory);
                        }
                        model.requireEqualReplicas("step 7");
                    }
                }))
                .hasStackTraceContaining(
                        "step 7: %srows of table 2 of rank 1 differ".formatted(inState ? "optimizer state of " : ""));
    }

    private static void spoil(EmbeddingTable table, boolean inState, OffHeap memory) {
        Floats row = memory.floats("a row", table.dim());
        row.fill(0.5f);
        if (inState) {
            table.writeState(3, 1, row);
        } else {
            table.writeWeights(3, 1, row);
        }
    }
}
