package io.dlrm4j.effects.descent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.effects.InMemoryEntities;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.train.TrainerSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CrossFittedDescentTest {
    private static final int USERS = 40;
    private static final int SHELVES = 100;
    private static final Evaluator AUC = Evaluator.parse("AUC", Compat.NONE);
    private static final TrainerSettings TRAINER = TrainerSettings.of(SolverSettings.LOGISTIC, 2);

    private final Data training = new Data(1, 2000, -1);
    private final Data validation = new Data(2, 1000, -1);

    /// Clicks depend on what the fixed effect knows and on the user, not on the shelf.
    private static final class Data {
        private final double[] fixed;
        private final double[] labels;
        private final List<EntityData> users = named("u", USERS);
        private final List<EntityData> shelves = named("s", SHELVES);

        Data(long seed, int rows, int flipped) {
            double[] hidden = new Random(99).doubles(USERS, -2, 2).toArray();
            Random random = new Random(seed);
            fixed = new double[rows];
            labels = new double[rows];
            for (int row = 0; row < rows; row++) {
                int user = random.nextInt(USERS);
                int shelf = random.nextInt(SHELVES);
                fixed[row] = random.nextGaussian();
                boolean click = random.nextDouble() < 1 / (1 + Math.exp(-fixed[row] - hidden[user]));
                labels[row] = click == (row == flipped) ? 0 : 1;
                users.get(user).addRow(row, labels[row], 1, 0);
                shelves.get(shelf).addRow(row, labels[row], 1, 0);
            }
        }

        ScoreTable table() throws IOException {
            long[] uids = new long[labels.length];
            double[] ones = new double[labels.length];
            Arrays.setAll(uids, row -> row);
            Arrays.fill(ones, 1);
            return ScoreTable.onHeap(uids, labels, ones, new double[uids.length], Map.of());
        }

        private static List<EntityData> named(String prefix, int count) {
            List<EntityData> entities = new ArrayList<>();
            for (int e = 0; e < count; e++) {
                EntityData data = new EntityData();
                data.begin(prefix + e);
                entities.add(data);
            }
            return entities;
        }
    }

    @Test
    void anEffectThatHelpsIsKeptAndOneThatDoesNotIsLeftOut() throws IOException {
        List<String> heard = new ArrayList<>();
        PenaltyChoice choice = new PenaltyChoice(5, AUC, 0.5, 1, 10);
        ScoreTable held = validation.table();
        DescentResult result = new CrossFittedDescent(coordinates(), training.table(), held, both(choice), List.of(AUC))
                .run(step -> heard.add(step.coordinate()));
        assertThat(heard).containsExactly("deep", "per_shelf", "per_user");
        assertThat(result.steps().get(0).penalties()).isEmpty();
        assertThat(result.steps().get(1).penalties()).containsExactly(Map.entry("per_shelf", PenaltyChoice.OFF));
        assertThat(result.steps().get(2).penalties()).containsOnlyKeys("per_shelf", "per_user");
        assertThat(result.steps().get(2).penalties().getOrDefault("per_user", PenaltyChoice.OFF))
                .isLessThan(20);
        assertThat(result.best()).isEqualTo(2);
        assertThat(result.validation().segment().mismatch(held.totals().segment()))
                .isEqualTo(-1);
        assertThat(auc(result, 1)).isEqualTo(auc(result, 0));
        assertThat(auc(result, 2)).isGreaterThan(auc(result, 0) + 0.03);
        assertThat(result.model().coordinates()).containsOnlyKeys("per_user");
        assertThat(result.steps().get(2).counts().activeSamples()).isEqualTo(2000);
    }

    @Test
    void aSampleIsScoredByModelsThatHaveNotSeenIt() throws IOException {
        int row = 7;
        Data other = new Data(1, 2000, row);
        assertThat(other.labels[row]).isNotEqualTo(training.labels[row]);
        double[] before = heldOut(training);
        double[] after = heldOut(other);
        assertThat(after[row]).isEqualTo(before[row]).isNotZero();
        assertThat(after).isNotEqualTo(before); // others of the same user have seen it
    }

    @Test
    void whatWasTriedIsTold() throws IOException {
        PenaltyChoice.Choice choice = new PenaltyChoice(4, AUC, 1, 100)
                .choose(new Coordinate.RandomEffect("per_user", users(training), null, TRAINER), training.table());
        assertThat(choice.tried().stream().map(PenaltyChoice.Tried::penalty))
                .containsExactly(PenaltyChoice.OFF, 100.0, 1.0);
        assertThat(choice.tried().getFirst().gain()).isZero();
        PenaltyChoice.Tried last = choice.tried().getLast();
        assertThat(last.gain()).isGreaterThan(last.error());
        assertThat(last.metric()).isGreaterThan(choice.tried().getFirst().metric());
    }

    @Test
    void whatCannotBeCrossFittedIsRefused() {
        List<Coordinate> linear =
                List.of(new Coordinate.FixedEffect("global", new EntityData(), null, TRAINER.solver()));
        PenaltyChoice choice = new PenaltyChoice(2, AUC, 1);
        assertThatThrownBy(() -> new CrossFittedDescent(linear, training.table(), null, both(choice), List.of(AUC)))
                .hasMessage("coordinate global is a linear fixed effect, want scores and random effects");
        assertThatThrownBy(() -> new CrossFittedDescent(coordinates(), training.table(), null, Map.of(), List.of(AUC)))
                .hasMessage("coordinate per_shelf has no penalties to choose among, want one or more");
        assertThatThrownBy(() -> new PenaltyChoice(2, Evaluator.parse("AUC:user", Compat.NONE), 1))
                .hasMessage("evaluator AUC:user decides on penalties, want one of all samples, as AUC");
        assertThatThrownBy(() -> new PenaltyChoice(2, AUC, 1, 0)).hasMessage("penalty 0.0, want above 0");
        assertThatThrownBy(() -> new PenaltyChoice(1, AUC, 1))
                .hasMessage("folds=1 and 1 penalties, want 2 or more and 1 or more");
    }

    private static double[] heldOut(Data data) throws IOException {
        return new PenaltyChoice(4, AUC, 1)
                .choose(new Coordinate.RandomEffect("per_user", users(data), null, TRAINER), data.table())
                .heldOut();
    }

    private List<Coordinate> coordinates() {
        return List.of(
                new Coordinate.Scores("deep", training.fixed, validation.fixed),
                new Coordinate.RandomEffect(
                        "per_shelf",
                        new InMemoryEntities(training.shelves),
                        new InMemoryEntities(validation.shelves),
                        TRAINER),
                new Coordinate.RandomEffect("per_user", users(training), users(validation), TRAINER));
    }

    private static InMemoryEntities users(Data data) {
        return new InMemoryEntities(data.users);
    }

    private static Map<String, PenaltyChoice> both(PenaltyChoice choice) {
        return Map.of("per_user", choice, "per_shelf", choice);
    }

    /// Without validation samples the same is chosen, as none of them is looked at.
    @Test
    void noValidationSampleIsLookedAt() throws IOException {
        Map<String, PenaltyChoice> choices = both(new PenaltyChoice(5, AUC, 0.5, 1, 10));
        DescentResult with = new CrossFittedDescent(
                        coordinates(), training.table(), validation.table(), choices, List.of(AUC))
                .run(_ -> {});
        DescentResult without =
                new CrossFittedDescent(coordinates(), training.table(), null, choices, List.of(AUC)).run(_ -> {});
        assertThat(without.steps().getLast().penalties())
                .isEqualTo(with.steps().getLast().penalties());
        assertThat(without.steps().getLast().metrics()).isEmpty();
        assertThat(without.validation().length()).isZero();
    }

    private static double auc(DescentResult result, int step) {
        return result.steps().get(step).metrics().getOrDefault("AUC", Double.NaN);
    }
}
