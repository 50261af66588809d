package io.dlrm4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.Engines;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.model.DlrmShape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every engine of the core, for every kind of model and update rule, takes the same steps as the
/// double-precision model.
class EngineEqualsReferenceTest {
    private static final float LEARNING_RATE = 0.05f;
    private static final int SAMPLES = 32;

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void takesTheSameStepsWithOneIdASample(String name) {
        try (Engine engine = Engines.byName(name, 1)) {
            EngineChecks.takesTheSameStepsWithOneIdASample(engine);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void takesTheSameStepsWithManyIdsASample(String name) {
        try (Engine engine = Engines.byName(name, 1)) {
            EngineChecks.takesTheSameStepsWithManyIdsASample(engine);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void aPartOfNoSamplesHasNoGradient(String name) {
        try (Engine engine = Engines.byName(name, 1)) {
            EngineChecks.aPartOfNoSamplesHasNoGradient(engine);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void aSecondRunGivesTheSameBits(String name) {
        DlrmShape shape = EngineChecks.shape(InteractionKind.DOT, false, LossKind.BCE);
        UpdateRule denseRule = EngineChecks.denseRule(OptimizerKind.ROW_WISE_ADAGRAD);
        UpdateRule tableRule = new UpdateRule(OptimizerKind.ROW_WISE_ADAGRAD, EngineChecks.EPS);
        RandomBatches source = RandomBatches.multiHot(24, SAMPLES, EngineChecks.DENSE, 3, EngineChecks.rows());
        ReferenceDlrm model = EngineChecks.initialised(shape, OptimizerKind.ROW_WISE_ADAGRAD);
        List<float[]> weights = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            try (Engine engine = Engines.byName(name, 1);
                    EngineRun run = new EngineRun(
                            engine, shape, denseRule, tableRule, source, EngineRun.Layout.TABLE_BY_TABLE)) {
                run.copyWeightsOf(model);
                run.step(source, 0, 9, LEARNING_RATE);
                run.step(source, 9, 9, LEARNING_RATE);
                weights.add(run.dense().weights().toArray());
                weights.add(run.rows(2));
            }
        }
        assertThat(weights.get(2)).isEqualTo(weights.get(0));
        assertThat(weights.get(3)).isEqualTo(weights.get(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void givesBackAllMemory(String name) throws Exception {
        DlrmShape shape = EngineChecks.shape(InteractionKind.DOT, true, LossKind.MSE);
        UpdateRule rule = new UpdateRule(OptimizerKind.ADAGRAD, EngineChecks.EPS);
        RandomBatches source = RandomBatches.oneHot(25, SAMPLES, EngineChecks.DENSE, EngineChecks.rows());
        Leaks.none(() -> {
            try (Engine engine = Engines.byName(name, 1);
                    EngineRun run = new EngineRun(engine, shape, rule, rule, source, EngineRun.Layout.TABLE_BY_TABLE)) {
                run.step(source, 0, SAMPLES, LEARNING_RATE);
            }
        });
    }
}
