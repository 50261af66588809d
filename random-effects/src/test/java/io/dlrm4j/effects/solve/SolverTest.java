package io.dlrm4j.effects.solve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.effects.Fixtures;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.optimize.Ending;
import io.dlrm4j.effects.optimize.Stopping;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SolverTest {
    private static final SolverSettings FREE = SolverSettings.LOGISTIC.withRegularization(Regularization.NONE);

    /// R's glm on heart.txt; the intercept first.
    private static final double[] HEART = {
        -8.303806435,
        -0.022306127,
        1.299914831,
        0.792316427,
        0.033470557,
        0.004679123,
        -0.459432925,
        0.294831754,
        -0.023566341,
        0.890054910,
        0.410533616,
        0.216417307,
        1.167698255,
        0.367261286
    };

    private static final double[] HEART_VARIANCES = {
        10.37188,
        0.0007320271,
        0.3204454,
        0.05394657,
        0.0001520536,
        1.787598e-05,
        0.3898167,
        0.04483891,
        0.0001226556,
        0.2006968,
        0.05705076,
        0.1752335,
        0.08054471,
        0.01292064
    };

    @ParameterizedTest
    @EnumSource(Method.class)
    void heartHasTheCoefficientsThatRFinds(Method method) throws IOException {
        // features from 0 to 564 make it badly conditioned: a small gradient is not enough without second derivatives
        Solver solver = new Solver(FREE.withMethod(method).withStopping(new Stopping(5000, 1e-9, 0, 1e-16)));
        solver.solve(Fixtures.heart(), null);
        assertThat(Arrays.copyOf(solver.means(), 14)).containsExactly(HEART, within(1e-6));
    }

    @Test
    void heartHasTheVariancesThatRFinds() throws IOException {
        Solver solver = new Solver(FREE.withVariance(Variance.FULL));
        solver.solve(Fixtures.heart(), null);
        EntityModel model = solver.model();
        for (int j = 0; j < HEART.length; j++) {
            assertThat(model.variance(j)).isCloseTo(HEART_VARIANCES[j], within(1e-3 * HEART_VARIANCES[j]));
        }
    }

    @ParameterizedTest
    @EnumSource(Loss.class)
    void allMethodsAgree(Loss loss) {
        for (double density : new double[] {1, 0.15}) {
            for (long seed = 1; seed <= 10; seed++) {
                EntityData data = Fixtures.clicks(seed, 80, 15, density);
                SolverSettings settings = SolverSettings.LOGISTIC.withLoss(loss);
                double[] first = solved(settings.withMethod(Method.LBFGS), data);
                assertThat(solved(settings.withMethod(Method.NEWTON), data)).containsExactly(first, within(1e-6));
                assertThat(solved(settings.withMethod(Method.TRUST_REGION), data))
                        .containsExactly(first, within(1e-6));
                assertThat(solved(settings, data)).containsExactly(first, within(1e-6));
            }
        }
    }

    @Test
    void aWarmStartEndsAtTheSameMinimumSooner() {
        EntityData data = Fixtures.clicks(4, 100, 20, 1);
        Solver solver = new Solver(SolverSettings.LOGISTIC.withMethod(Method.LBFGS));
        solver.solve(data, null);
        EntityModel cold = solver.model();
        int steps = solver.iterations();
        solver.solve(data, cold);
        assertThat(solver.iterations()).isLessThan(steps / 4);
        assertThat(Arrays.copyOf(solver.means(), 21)).containsExactly(means(cold), within(1e-6));
    }

    @Test
    void aDuplicatedSampleIsOneOfTwiceTheWeight() {
        EntityData twice = Fixtures.clicks(8, 50, 6, 1);
        EntityData weighted = Fixtures.clicks(8, 50, 6, 1);
        twice.addRowOf(twice, 17);
        weighted.setWeight(17, 2 * weighted.weights()[17]);
        SolverSettings settings = SolverSettings.LOGISTIC.withVariance(Variance.FULL);
        Solver one = new Solver(settings);
        Solver other = new Solver(settings);
        one.solve(twice, null);
        other.solve(weighted, null);
        assertThat(means(one.model())).containsExactly(means(other.model()), within(1e-8));
        assertThat(one.variances()[3]).isCloseTo(other.variances()[3], within(1e-10));
    }

    @ParameterizedTest
    @EnumSource(value = Variance.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void variancesFallWithTheNumberOfSamples(Variance variance) {
        Solver solver = new Solver(SolverSettings.LOGISTIC.withVariance(variance));
        double[] before = {};
        for (int rows : new int[] {20, 80, 320, 1280}) {
            solver.solve(Fixtures.clicks(5, rows, 5, 1), null);
            double[] now = Arrays.copyOf(solver.variances(), 6);
            for (int j = 0; j < before.length; j++) {
                assertThat(now[j]).isLessThan(before[j]);
            }
            before = now;
        }
    }

    @Test
    void anUnseenFeatureHasAHugeVarianceNotAnInfiniteOne() {
        EntityData data = new EntityData();
        data.begin("e");
        data.addRow(0, 1, 1, 0);
        data.addFeature(1, 0);
        for (Variance variance : new Variance[] {Variance.SIMPLE, Variance.FULL}) {
            Solver solver = new Solver(FREE.withIntercept(false).withVariance(variance));
            solver.solve(data, null);
            assertThat(solver.variances()[0]).isCloseTo(1e12, within(1.0));
        }
    }

    @Test
    void elasticNetMakesCoefficientsZeroAndMeetsItsConditions() {
        EntityData data = Fixtures.clicks(6, 200, 20, 1);
        Regularization net = Regularization.elasticNet(12, 0.7);
        Solver solver = new Solver(SolverSettings.LOGISTIC.withRegularization(net));
        solver.solve(data, null);
        double[] x = means(solver.model());
        double[] gradient = new double[x.length];
        solver.problem().evaluate(x, gradient);
        assertThat(Arrays.stream(x).filter(c -> c == 0).count()).isBetween(3L, 18L);
        assertThat(gradient[0]).isCloseTo(0, within(1e-4)); // the free intercept
        for (int j = 1; j < x.length; j++) {
            if (x[j] == 0) {
                assertThat(Math.abs(gradient[j])).isLessThanOrEqualTo(net.l1());
            } else {
                assertThat(gradient[j]).isCloseTo(-Math.signum(x[j]) * net.l1(), within(1e-4));
            }
        }
    }

    @Test
    void photonHoldsTheInterceptWithL1AndTheDefaultDoesNot() {
        EntityData data = new EntityData();
        data.begin("e");
        for (int row = 0; row < 40; row++) {
            data.addRow(row, row % 4 == 0 ? 1 : 0, 1, 0); // log odds -1.0986
        }
        SolverSettings settings = SolverSettings.LOGISTIC.withRegularization(new Regularization(2, 0, false));
        assertThat(solved(settings, data)[0]).isCloseTo(-Math.log(3), within(1e-6));
        double shrunk = Math.log(12.0 / 28); // 40 p - 10 - 2 = 0
        assertThat(solved(settings.withCompat(Compat.PHOTON), data)[0]).isCloseTo(shrunk, within(1e-6));
    }

    @Test
    void gdmixsLinearPenaltyWeighsHalf() {
        EntityData data = Fixtures.clicks(2, 60, 4, 1);
        SolverSettings squared = SolverSettings.LOGISTIC.withLoss(Loss.SQUARED);
        double[] half = solved(squared.withRegularization(Regularization.ridge(0.5)), data);
        assertThat(solved(squared.withCompat(Compat.GDMIX), data)).containsExactly(half, within(1e-9));
        assertThat(solved(squared, data)[1]).isNotCloseTo(half[1], within(1e-4));
    }

    @Test
    void gdmixsSettingsFindTheSameMinimumButDropSmallCoefficients() {
        EntityData data = Fixtures.clicks(9, 100, 10, 1);
        double[] right = solved(SolverSettings.LOGISTIC.withRegularization(new Regularization(0, 1, true)), data);
        double[] gdmix = solved(SolverSettings.gdmix(), data);
        assertThat(gdmix).containsExactly(right, within(1e-4));
        double[] sparse = solved(SolverSettings.gdmix().withSparsity(0.3), data);
        for (int j = 1; j < sparse.length; j++) {
            assertThat(sparse[j]).isEqualTo(Math.abs(gdmix[j]) <= 0.3 ? 0 : gdmix[j]);
        }
    }

    @Test
    void aPriorOfTheFirstHalfAndTheSecondHalfAreTheWholeForSquaredError() {
        EntityData whole = Fixtures.clicks(12, 80, 1, 1); // one feature, no intercept: a diagonal prior says it all
        EntityData first = new EntityData();
        EntityData second = new EntityData();
        first.begin("e");
        second.begin("e");
        for (int row = 0; row < whole.rows(); row++) {
            (row < 40 ? first : second).addRowOf(whole, row);
        }
        Solver solver = new Solver(SolverSettings.LOGISTIC
                .withLoss(Loss.SQUARED)
                .withIntercept(false)
                .withVariance(Variance.FULL));
        solver.solve(whole, null);
        EntityModel batch = solver.model();
        solver.solve(first, null);
        solver.solve(second, solver.model(), 1);
        assertThat(solver.means()[0]).isCloseTo(batch.mean(0), within(1e-10));
        assertThat(solver.variances()[0]).isCloseTo(batch.variance(0), within(1e-12));
    }

    @Test
    void aPriorKeepsFeaturesThatNoSampleHas() {
        EntityModel prior = new EntityModel("e", new int[] {-1, 2, 9}, new double[] {1, 2, 3}, new double[] {1, 1, 1});
        EntityData data = new EntityData();
        data.begin("e");
        data.addRow(0, 1, 1, 0);
        data.addFeature(2, 1);
        Solver solver = new Solver(SolverSettings.LOGISTIC);
        solver.solve(data, prior, 1);
        assertThat(solver.model().mean(2)).isEqualTo(3);
        assertThat(solver.model().mean(1)).isGreaterThan(2);
        solver.solve(data, prior);
        assertThat(solver.model().size()).isEqualTo(2);
    }

    @Test
    void separableSamplesWithoutAPenaltyEndQuietly() {
        EntityData data = new EntityData();
        data.begin("e");
        for (int row = 0; row < 10; row++) {
            data.addRow(row, row < 5 ? 0 : 1, 1, 0);
            data.addFeature(0, row - 4.5);
        }
        for (Method method : Method.values()) {
            Solver solver = new Solver(FREE.withMethod(method));
            solver.solve(data, null);
            assertThat(solver.value()).isLessThan(1e-5);
            assertThat(solver.means()[1]).isFinite().isGreaterThan(5);
        }
    }

    @Test
    void extremeOffsetsDoNotOverflow() {
        EntityData data = new EntityData();
        data.begin("e");
        data.addRow(0, 0, 1, 800);
        data.addRow(1, 1, 1, -800);
        for (Method method : Method.values()) {
            Solver solver = new Solver(SolverSettings.LOGISTIC.withMethod(method));
            assertThat(solver.solve(data, null)).isNotEqualTo(Ending.ITERATIONS);
            assertThat(solver.value()).isCloseTo(1600, within(1e-9));
        }
        Solver poisson = new Solver(SolverSettings.LOGISTIC.withLoss(Loss.POISSON));
        assertThatThrownBy(() -> poisson.solve(data, null)).hasMessageContaining("look for offsets");
    }

    private static double[] solved(SolverSettings settings, EntityData data) {
        Solver solver = new Solver(settings);
        solver.solve(data, null);
        return means(solver.model());
    }

    private static double[] means(EntityModel model) {
        double[] means = new double[model.size()];
        for (int j = 0; j < means.length; j++) {
            means[j] = model.mean(j);
        }
        return means;
    }
}
