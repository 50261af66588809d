package io.dlrm4j.trainer.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.shards.RowWise;
import io.dlrm4j.shards.ShardSpec;
import io.dlrm4j.shards.ShardingPlan;
import io.dlrm4j.shards.ShardingPlanner;
import io.dlrm4j.shards.TableWise;
import io.dlrm4j.trainer.plan.PlacementSearch.Found;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacementSearchTest {
    private static final long ROOMY = 64L << 30;
    private static final long[] KAGGLE = {
        1460,
        583,
        10_131_227,
        2_202_608,
        305,
        24,
        12_517,
        633,
        3,
        93_145,
        5683,
        8_351_593,
        3194,
        27,
        14_992,
        5_461_306,
        10,
        5652,
        2173,
        4,
        7_046_547,
        18,
        15,
        286_181,
        105,
        142_572
    };

    private static Schema schema(StepWork work) {
        return new Schema(
                13,
                work.tables().stream()
                        .map(table -> new Schema.Table(table.name(), table.rows(), 1))
                        .toList());
    }

    private static DlrmShape shape(StepWork work) {
        List<Long> rows = work.tables().stream().map(StepWork.Table::rows).toList();
        int width = work.dim() * (rows.size() + 1);
        return new DlrmShape(
                work.dim(), List.of(13, work.dim()), List.of(width, 1), rows, InteractionKind.CAT, false, LossKind.BCE);
    }

    /// A job with the section that is written has the plan that was predicted.
    @ParameterizedTest
    @CsvSource({"1, 1, 2048", "2, 2, 2048", "3, 2, 512", "8, 8, 16384", "64, 8, 65536", "1024, 8, 65536"})
    void theSectionThatIsWrittenGivesThePlan(int ranks, int perHost, int batch) {
        StepWork work = SomeRates.work(batch, 128, OptimizerKind.ROW_WISE_ADAGRAD, KAGGLE);
        PlacementSearch search = new PlacementSearch(work, SomeRates.cores(perHost), 1, perHost, 3L << 30);
        if (ranks * (3L << 30) * 0.8 < 33_762_577L * 129 * 4) {
            assertThatThrownBy(() -> search.find(ranks)).hasMessageContaining("ranks or more may do");
            return;
        }
        Found found = search.find(ranks);
        ShardingPlan again = ShardingPlanner.plan(shape(work), schema(work), search.config(found), ranks);
        assertThat(again).isEqualTo(found.plan());
        assertThat(found.prediction().ranks()).hasSize(ranks).allSatisfy(rank -> {
            assertThat(rank.memoryBytes()).isLessThanOrEqualTo(3L << 30);
            assertThat(rank.seconds()).isPositive();
        });
    }

    @Test
    void aTableThatFitsNoRankIsSplit() {
        StepWork work = SomeRates.work(2_048, 16, OptimizerKind.SGD, 10_000_000, 1_000, 1_000);
        long limit = 400L << 20; // the large one takes 610 MiB
        Found found = new PlacementSearch(work, SomeRates.cores(4), 1, 4, limit).find(4);
        assertThat(found.plan().placements().getFirst()).isInstanceOf(RowWise.class);
        assertThat(found.prediction().mostMemory()).isLessThanOrEqualTo(limit);
    }

    @Test
    void rowsThatFitNowhereAreRefused() {
        StepWork work = SomeRates.work(2_048, 16, OptimizerKind.ADAGRAD, 10_000_000);
        assertThatThrownBy(() -> new PlacementSearch(work, SomeRates.cores(4), 1, 4, 200L << 20).find(2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 ranks: a rank would take")
                .hasMessageContaining("want 200 MiB or less; rows take 1220 MiB, so 8 ranks or more may do");
    }

    /// Where tables alone must be spread evenly the memory of ranks differs little, and none is late.
    @Test
    void equalTablesAreSpreadEvenly() {
        long[] rows = new long[24];
        Arrays.fill(rows, 1_000_000);
        StepWork work = SomeRates.work(8_192, 16, OptimizerKind.SGD, rows);
        Found found = new PlacementSearch(work, SomeRates.cores(4), 1, 4, ROOMY).find(4);
        for (int rank = 0; rank < 4; rank++) {
            assertThat(found.plan().shardsOf(rank, shape(work)).stream()
                            .mapToLong(ShardSpec::rows)
                            .sum())
                    .isEqualTo(6_000_000);
        }
        assertThat(found.plan().placements()).hasOnlyElementsOfType(TableWise.class);
    }

    @Test
    void theKneesAreWhereTwiceAsMuchNoLongerPays() {
        StepWork work = SomeRates.work(2_048, 16, OptimizerKind.SGD, KAGGLE);
        PlanReport report = new PlanReport(work, SomeRates.cores(4), 1, 4, ROOMY);
        Scaling ranks = report.ranks();
        assertThat(ranks.points()).hasSize(11);
        int knee = ranks.knee();
        assertThat(knee).isBetween(2, 8); // four cores of a host; other hosts are far
        assertThat(report.batches(2).knee()).isBetween(256, 4_096);
        Found found = report.find(2);
        assertThat(report.print(found)).contains("C3", "10,131,227", "predicted: ");
        assertThat(report.printScaling(2))
                .contains("with a batch of 2,048, adding ranks stops paying at " + knee + ":")
                .contains("with 2 ranks the knee is a batch of ");
    }
}
