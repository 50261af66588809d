package io.dlrm4j.effects.solve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.effects.Fixtures;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.optimize.Ending;
import io.dlrm4j.effects.optimize.Stopping;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BatchSolverTest {
    private static final SolverSettings FULL = SolverSettings.LOGISTIC.withVariance(Variance.FULL);

    private final List<EntityData> entities = new ArrayList<>();

    BatchSolverTest() {
        for (int e = 0; e < 60; e++) {
            int features = e % 17 == 0 ? 70 : 1 + e % 23; // 70 are solved alone
            entities.add(Fixtures.clicks(e, 1 + e * e % 190, features, e % 3 == 0 ? 0.3 : 1));
        }
        Collections.shuffle(entities, new Random(3));
    }

    @ParameterizedTest
    @EnumSource(Variance.class)
    void everyEntityHasTheModelThatItHasAlone(Variance variance) {
        // a free intercept has no minimum where all labels are the same
        Regularization held = Regularization.ridge(1).withIntercept(true);
        SolverSettings settings = SolverSettings.LOGISTIC.withVariance(variance).withRegularization(held);
        List<EntityModel> models = solve(settings, entities, null, 0);
        Solver alone = new Solver(settings);
        for (int e = 0; e < models.size(); e++) {
            alone.solve(entities.get(e), null);
            isClose(models.get(e), alone.model());
        }
    }

    @Test
    void neighboursChangeNoBitOfAModel() {
        List<EntityModel> together = solve(FULL, entities, null, 0);
        for (int e = 0; e < together.size(); e++) {
            EntityModel alone = solve(FULL, entities.subList(e, e + 1), null, 0).getFirst();
            EntityModel neighbour = together.get(e);
            assertThat(alone.size()).isEqualTo(neighbour.size());
            for (int j = 0; j < alone.size(); j++) {
                assertThat(neighbour.feature(j)).isEqualTo(alone.feature(j));
                assertThat(neighbour.mean(j)).isEqualTo(alone.mean(j));
                assertThat(neighbour.variance(j)).isEqualTo(alone.variance(j));
            }
        }
    }

    @Test
    void startsAndPriorsCountAsTheyDoAlone() {
        for (double weight : new double[] {0, 0.7}) {
            SolverSettings settings = FULL.withRegularization(new Regularization(0, 3, true));
            List<EntityModel> old = new ArrayList<>();
            for (int e = 0; e < entities.size(); e++) {
                boolean known = e % 4 != 0;
                EntityData before = Fixtures.clicks(1000 + e, 40, 12, 1);
                old.add(known ? solve(FULL, List.of(before), null, 0).getFirst() : null);
            }
            List<EntityModel> models = solve(settings, entities, old, weight);
            Solver alone = new Solver(settings);
            for (int e = 0; e < models.size(); e++) {
                if (weight > 0 && old.get(e) != null) {
                    alone.solve(entities.get(e), old.get(e), weight);
                } else {
                    alone.solve(entities.get(e), old.get(e));
                }
                isClose(models.get(e), alone.model());
            }
        }
    }

    @Test
    void withoutAnInterceptAndWithAThresholdToo() {
        SolverSettings settings = SolverSettings.LOGISTIC.withIntercept(false).withSparsity(0.1);
        List<EntityModel> models = solve(settings, entities, null, 0);
        Solver alone = new Solver(settings);
        int zeros = 0;
        for (int e = 0; e < models.size(); e++) {
            alone.solve(entities.get(e), null);
            isClose(models.get(e), alone.model());
            for (int j = 0; j < models.get(e).size(); j++) {
                zeros += models.get(e).mean(j) == 0 ? 1 : 0;
            }
        }
        assertThat(zeros).isBetween(10, 400);
    }

    @Test
    void heartHasTheCoefficientsAndVariancesThatRFinds() throws IOException {
        SolverSettings settings = FULL.withRegularization(Regularization.NONE);
        List<EntityData> several = new ArrayList<>(entities.subList(0, 3));
        several.add(Fixtures.heart());
        EntityModel model = solve(settings, several, null, 0).getLast();
        assertThat(model.mean(0)).isCloseTo(-8.303806435, within(1e-6));
        assertThat(model.mean(2)).isCloseTo(1.299914831, within(1e-6));
        assertThat(model.mean(13)).isCloseTo(0.367261286, within(1e-6));
        assertThat(model.variance(0)).isCloseTo(10.37188, within(1e-2));
        assertThat(model.variance(5)).isCloseTo(1.787598e-05, within(1e-8));
    }

    @Test
    void hardEntitiesAreSolvedAloneAndTheOthersDoNotNotice() {
        EntityData separable = new EntityData();
        separable.begin("separable");
        for (int row = 0; row < 10; row++) {
            separable.addRow(row, row < 5 ? 0 : 1, 1, 0);
            separable.addFeature(0, row - 4.5);
        }
        EntityData extreme = new EntityData();
        extreme.begin("extreme");
        extreme.addRow(0, 0, 1, 800);
        extreme.addRow(1, 1, 1, -800);
        List<EntityData> several = new ArrayList<>(entities.subList(1, 4));
        several.add(separable);
        several.add(extreme);
        SolverSettings free = SolverSettings.LOGISTIC.withRegularization(Regularization.NONE);
        List<EntityModel> models = solve(free, several, null, 0);
        assertThat(models.get(3).mean(1)).isFinite().isGreaterThan(5);
        assertThat(models.get(4).mean(0)).isFinite();
        EntityModel alone = solve(free, several.subList(0, 1), null, 0).getFirst();
        assertThat(models.get(0).mean(1)).isEqualTo(alone.mean(1));
    }

    @Test
    void stepsAreCountedAndLimited() {
        BatchSolver solver = new BatchSolver(SolverSettings.LOGISTIC);
        solver.add(entities.get(5), null);
        solver.solve(0);
        assertThat(solver.iterations(0)).isBetween(2, 12);
        assertThat(solver.ending(0)).isEqualTo(Ending.GRADIENT);
        BatchSolver one = new BatchSolver(SolverSettings.LOGISTIC.withStopping(Stopping.DEFAULT.withIterations(1)));
        one.add(entities.get(5), null);
        one.solve(0);
        assertThat(one.iterations(0)).isEqualTo(1);
        assertThat(one.ending(0)).isEqualTo(Ending.ITERATIONS);
    }

    @Test
    void aWrongLabelIsNamed() {
        EntityData wrong = Fixtures.clicks(5, 10, 2, 1);
        wrong.addRow(99, 2, 1, 0);
        assertThatThrownBy(() -> solve(FULL, List.of(entities.getFirst(), wrong), null, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("entity entity 5, uid 99: label=2.0");
    }

    private static List<EntityModel> solve(
            SolverSettings settings, List<EntityData> data, @Nullable List<EntityModel> old, double priorWeight) {
        BatchSolver solver = new BatchSolver(settings);
        solver.clear();
        for (int e = 0; e < data.size(); e++) {
            solver.add(data.get(e), old == null ? null : old.get(e));
        }
        solver.solve(priorWeight);
        List<EntityModel> models = new ArrayList<>();
        for (int e = 0; e < data.size(); e++) {
            models.add(solver.model(e));
        }
        return models;
    }

    private static void isClose(EntityModel actual, EntityModel expected) {
        assertThat(actual.entity()).isEqualTo(expected.entity());
        assertThat(actual.size()).isEqualTo(expected.size());
        assertThat(actual.hasVariances()).isEqualTo(expected.hasVariances());
        for (int j = 0; j < actual.size(); j++) {
            assertThat(actual.feature(j)).isEqualTo(expected.feature(j));
            assertThat(actual.mean(j)).isCloseTo(expected.mean(j), within(1e-7));
            if (expected.hasVariances()) {
                double spread = expected.variance(j);
                assertThat(actual.variance(j)).isCloseTo(spread, within(1e-6 * (1 + spread)));
            }
        }
    }
}
