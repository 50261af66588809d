package io.dlrm4j.effects.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PolicyEvaluationTest {
    private static final double[] REWARDS = {0.2, 0.7}; // chance of a reward for action 0 and 1
    private static final double LOGGED = 0.25; // chance that the logged policy takes action 1
    private static final double TARGET = 0.9;
    private static final double TRUTH = 0.1 * 0.2 + 0.9 * 0.7;

    @Test
    void allEstimatesFindTheRewardOfAPolicyThatNeverRan() {
        PolicyEvaluation evaluation = logged(200_000, REWARDS);
        assertThat(evaluation.ips().value())
                .isCloseTo(TRUTH, within(4 * evaluation.ips().standardError()));
        assertThat(evaluation.snips().value())
                .isCloseTo(TRUTH, within(4 * evaluation.snips().standardError()));
        assertThat(evaluation.doublyRobust().value())
                .isCloseTo(TRUTH, within(4 * evaluation.doublyRobust().standardError()));
        assertThat(evaluation.ips().standardError()).isLessThan(0.01);
        assertThat(evaluation.effectiveDecisions()).isBetween(50_000.0, 70_000.0);
    }

    @Test
    void doublyRobustIsRightWithAWrongModelAndSharperWithARightOne() {
        PolicyEvaluation wrong = logged(200_000, new double[] {0.9, 0.1});
        assertThat(wrong.doublyRobust().value())
                .isCloseTo(TRUTH, within(4 * wrong.doublyRobust().standardError()));
        PolicyEvaluation right = logged(200_000, REWARDS);
        assertThat(right.doublyRobust().standardError()).isLessThan(right.ips().standardError());
    }

    @Test
    void thePolicyThatRanHasItsMeanRewardExactly() {
        PolicyEvaluation evaluation = new PolicyEvaluation();
        evaluation.add(0.5, 1, 0.5, 0, 0);
        evaluation.add(0.1, 0, 0.1, 0, 0);
        evaluation.add(1, 1, 1, 0, 0);
        assertThat(evaluation.ips().value()).isEqualTo(2 / 3.0);
        assertThat(evaluation.snips().value()).isEqualTo(2 / 3.0);
        assertThat(evaluation.effectiveDecisions()).isCloseTo(3, within(1e-12));
    }

    @Test
    void aPropensityOfZeroIsRefused() {
        assertThatThrownBy(() -> new PolicyEvaluation().add(0, 1, 0.5, 0, 0))
                .hasMessageStartingWith("decision 0: propensity=0.0");
    }

    private static PolicyEvaluation logged(int decisions, double[] model) {
        SplittableRandom random = new SplittableRandom(3);
        PolicyEvaluation evaluation = new PolicyEvaluation();
        double expected = (1 - TARGET) * model[0] + TARGET * model[1];
        for (int i = 0; i < decisions; i++) {
            int action = random.nextDouble() < LOGGED ? 1 : 0;
            double reward = random.nextDouble() < REWARDS[action] ? 1 : 0;
            double propensity = action == 1 ? LOGGED : 1 - LOGGED;
            evaluation.add(propensity, reward, action == 1 ? TARGET : 1 - TARGET, model[action], expected);
        }
        return evaluation;
    }
}
