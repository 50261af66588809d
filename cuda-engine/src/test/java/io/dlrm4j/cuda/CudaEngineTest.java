package io.dlrm4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.Engines;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.MemoryLimitException;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.cuda.api.CardModel;
import io.dlrm4j.cuda.api.CudaUnavailableException;
import io.dlrm4j.testkit.EngineChecks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The engine piece by piece, as several ranks drive it, on the stand-in.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CudaEngineTest {
    @RegisterExtension
    final OnStandIn standIn = new OnStandIn();

    private void with(Consumer<CudaEngine> check) {
        try (CudaEngine engine = standIn.open(Precision.FP32)) {
            check.accept(engine);
        }
    }

    @Test
    void takesTheSameStepsWithOneIdASample() {
        with(EngineChecks::takesTheSameStepsWithOneIdASample);
    }

    @Test
    void takesTheSameStepsWithManyIdsASample() {
        standIn.set("seed", 7);
        with(EngineChecks::takesTheSameStepsWithManyIdsASample);
    }

    @Test
    void takesTheSameStepsInAGroup() {
        standIn.set("seed", 5);
        with(EngineChecks::takesTheSameStepsInAGroup);
    }

    @Test
    void takesTheSameStepsWhereNoMemoryCanBeLocked() {
        standIn.set("no_locking", 1);
        with(engine -> EngineChecks.takesTheSameStepsInAGroup(engine, OptimizerKind.ADAGRAD));
    }

    @Test
    void takesTheSameStepsWhereNothingIsFused() {
        standIn.set("no_fusion", 1);
        with(EngineChecks::takesTheSameStepsWithOneIdASample);
    }

    @Test
    void aPartOfNoSamplesHasNoGradient() {
        with(EngineChecks::aPartOfNoSamplesHasNoGradient);
    }

    @Test
    void replaysEveryRecordedRun() throws IOException {
        Path golden = Path.of(System.getProperty("golden.dir", ""));
        assumeTrue(Files.isRegularFile(golden.resolve("lr-policy.json")), "golden.dir holds no recorded runs");
        try (CudaEngine engine = standIn.open(Precision.FP32)) {
            EngineChecks.replaysEveryRecordedRun(engine, golden);
        }
    }

    @Test
    void isFoundByItsName() {
        assertThat(Engines.names()).containsExactly("cpu", "nd4j", "cuda");
    }

    @Test
    void saysWhichCardItUses() {
        with(engine ->
                assertThat(engine.description()).startsWith("stand-in (9.0), ").doesNotContain("\n"));
    }

    @Test
    void anOldCardIsRefusedWithWhatRunsThere() {
        standIn.set("capability", 75);
        assertThatThrownBy(() -> standIn.open(Precision.FP32))
                .isInstanceOf(CudaUnavailableException.class)
                .hasMessage("train.engine=cuda: card stand-in has compute capability 7.5, want 8.0 or newer; "
                        + "use --engine nd4j, built with -Pnd4j-cuda (3.7 to 8.6), or --engine cpu");
    }

    @Test
    void theOtherCudaBackendIsRefusedOnCardsItHasNoCodeFor() {
        Nd4jCudaCheck.requireKnownCard(new CardModel("Tesla T4", 7, 5));
        Nd4jCudaCheck.requireKnownCard(new CardModel("A10", 8, 6));
        assertThatThrownBy(() -> Nd4jCudaCheck.requireKnownCard(CardModel.of(standIn.search(), 3)))
                .isInstanceOf(CudaUnavailableException.class)
                .hasMessage("train.engine=nd4j: ND4J's CUDA backend runs on compute capability 3.7 to 8.6, "
                        + "card stand-in has 9.0; use --engine cuda");
        assertThatThrownBy(() -> Nd4jCudaCheck.requireKnownCard(new CardModel("K20", 3, 5)))
                .hasMessageEndingWith("use --engine cpu");
    }

    @Test
    void cardsAreDescribedForTheDoctor() {
        JobConfig.Builder config = JobConfig.newBuilder();
        config.getCudaBuilder().setPath(standIn.folder().toString());
        assertThat(CudaCards.describe(config.build())).startsWith("stand-in (9.0), ");
        standIn.set("devices", 0);
        assertThat(CudaCards.describe(config.build())).startsWith("none, ").endsWith("use --engine cpu here");
    }

    @Test
    void anIdOutsideOfTheTableIsNamedAndNothingMoves() {
        with(engine -> {
            try (OffHeap memory = OffHeap.unlimited("test");
                    EmbeddingTable table = engine.table(
                            "table 3", 10, 4, 8, 8, new UpdateRule(OptimizerKind.ROW_WISE_ADAGRAD, 1e-8f), memory)) {
                Bags bags = new Bags(Ints.of(memory, "ids", 1, 10, 2), null);
                bags.count(3);
                Floats vectors = memory.floats("vectors", 12);
                vectors.fill(1);
                assertThatThrownBy(() -> table.pool(bags, vectors, 0, 4))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("table 3: sample 1 of the batch has id 10, want 0 to 9 (10 rows)");
                assertThatThrownBy(() -> table.update(bags, vectors, 0, 4, 1)).hasMessageContaining("id 10");
                Floats rows = memory.floats("rows", 40);
                table.readWeights(0, 10, rows);
                assertThat(rows.toArray()).containsOnly(0f);
            }
        });
    }

    @Test
    void rowsAreReadAndWrittenWhereTheyAre() {
        with(engine -> {
            try (OffHeap memory = OffHeap.unlimited("test");
                    EmbeddingTable table =
                            engine.table("table 0", 9, 5, 1, 1, new UpdateRule(OptimizerKind.ADAGRAD, 1e-8f), memory)) {
                Floats two = memory.floats("two", 10);
                for (int i = 0; i < 10; i++) {
                    two.set(i, i + 1);
                }
                table.writeWeights(3, 2, two);
                table.writeState(6, 2, two);
                Floats all = memory.floats("all", 45);
                table.readWeights(0, 9, all);
                assertThat(all.get(14)).isZero();
                assertThat(all.slice(15, 10).toArray()).isEqualTo(two.toArray());
                assertThat(all.get(25)).isZero();
                table.readState(6, 2, all);
                assertThat(all.slice(0, 10).toArray()).isEqualTo(two.toArray());
                assertThatThrownBy(() -> table.readWeights(8, 2, all))
                        .hasMessage("table 0: 2 rows from row 8 on, want rows within 0 to 8");
            }
        });
    }

    @Test
    void aTableThatDoesNotFitIsRefusedWithItsSize() {
        with(engine -> {
            try (OffHeap memory = OffHeap.unlimited("test")) {
                assertThatThrownBy(() -> engine.table(
                                "table 9", 100_000_000, 16, 1, 1, new UpdateRule(OptimizerKind.SGD, 0), memory))
                        .isInstanceOf(MemoryLimitException.class)
                        .hasMessageStartingWith("table 9: rows needs 6104 MiB of the card's memory, 1024 MiB are free");
            }
        });
    }
}
