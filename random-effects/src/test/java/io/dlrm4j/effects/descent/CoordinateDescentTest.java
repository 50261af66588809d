package io.dlrm4j.effects.descent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.effects.InMemoryEntities;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.search.BayesianSearch;
import io.dlrm4j.effects.search.SobolSearch;
import io.dlrm4j.effects.solve.Loss;
import io.dlrm4j.effects.solve.Regularization;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.train.TrainerSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CoordinateDescentTest {
    private static final int USERS = 12;
    private static final int MOVIES = 9;
    private static final SolverSettings SQUARED =
            SolverSettings.LOGISTIC.withLoss(Loss.SQUARED).withRegularization(new Regularization(0, 0.5, true));
    private static final Evaluator RMSE = Evaluator.parse("RMSE", Compat.NONE);

    private final Data training = new Data(1, 400);
    private final Data validation = new Data(2, 200);

    /// Labels are a user's and a movie's hidden numbers, and noise.
    private static final class Data {
        private final long[] uids;
        private final double[] labels;
        private final EntityData all = new EntityData();
        private final InMemoryEntities users;
        private final InMemoryEntities movies;

        Data(long seed, int rows) {
            double[] hidden = new Random(99).doubles(USERS + MOVIES, -2, 2).toArray();
            Random random = new Random(seed);
            uids = new long[rows];
            labels = new double[rows];
            List<EntityData> byUser = named("u", USERS);
            List<EntityData> byMovie = named("m", MOVIES);
            all.begin("all");
            for (int row = 0; row < rows; row++) {
                int user = random.nextInt(USERS);
                int movie = random.nextInt(MOVIES);
                uids[row] = seed * 1_000_000 + 31L * row;
                labels[row] = 1 + hidden[user] + hidden[USERS + movie] + 0.3 * random.nextGaussian();
                for (EntityData data : List.of(all, byUser.get(user), byMovie.get(movie))) {
                    data.addRow(uids[row], labels[row], 1, 0);
                }
            }
            users = new InMemoryEntities(byUser);
            movies = new InMemoryEntities(byMovie);
        }

        ScoreTable table() throws IOException {
            double[] ones = new double[uids.length];
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
    void manyPassesEndAtTheJointRidgeRegression() throws IOException {
        ScoreTable table = training.table();
        DescentSettings passes = new DescentSettings(200, Set.of(), List.of(), Compat.NONE);
        List<Coordinate> strong =
                coordinates().stream().map(c -> c.withPenalty(20)).toList(); // a weak one makes passes many
        DescentResult result = new CoordinateDescent(strong, table, null, passes).run(MixedModel.EMPTY, _ -> {});
        // at the joint minimum every coordinate's gradient is 0: p θ = Σ (label - total) over its samples
        double[] left = new double[USERS];
        for (int user = 0; user < USERS; user++) {
            EntityData data = training.users.entities().get(user);
            for (int row = 0; row < data.rows(); row++) {
                int at = (int) (data.uids()[row] - 1_000_000) / 31;
                left[user] += training.labels[at] - table.total(at);
            }
            EntityModel model = Objects.requireNonNull(result.model().model("user", "u" + user));
            assertThat(20 * model.mean(0)).isCloseTo(left[user], within(1e-5));
        }
    }

    @Test
    void lockedCoordinatesKeepTheirModels() throws IOException {
        CoordinateDescent first =
                new CoordinateDescent(coordinates(), training.table(), null, DescentSettings.onePass());
        MixedModel before = first.run(MixedModel.EMPTY, _ -> {}).model();
        DescentSettings locked = new DescentSettings(3, Set.of("user"), List.of(), Compat.NONE);
        DescentResult after = new CoordinateDescent(coordinates(), training.table(), null, locked).run(before, _ -> {});
        assertThat(after.model().coordinates().get("user"))
                .isEqualTo(before.coordinates().get("user"));
        assertThat(mean(after.model(), "movie", "m1")).isNotEqualTo(mean(before, "movie", "m1"));
        assertThat(after.steps()).hasSize(3 + 2 + 2);
        assertThatThrownBy(() -> new CoordinateDescent(coordinates(), training.table(), null, locked)
                        .run(MixedModel.EMPTY, _ -> {}))
                .hasMessage("coordinate user is locked and has no model to keep");
    }

    @Test
    void givenScoresStayAndEveryStepTellsItsContribution() throws IOException {
        double[] given = new double[400];
        Arrays.fill(given, 1);
        double[] others = new double[200];
        Arrays.fill(others, 1);
        List<Coordinate> coordinates = new ArrayList<>(coordinates());
        coordinates.set(0, new Coordinate.Scores("deep", given, others));
        List<DescentStep> heard = new ArrayList<>();
        DescentResult result = new CoordinateDescent(
                        coordinates, training.table(), validation.table(), DescentSettings.onePass(RMSE))
                .run(MixedModel.EMPTY, heard::add);
        assertThat(heard).isEqualTo(result.steps());
        double deep = heard.get(0).metrics().getOrDefault("RMSE", Double.NaN);
        double user = heard.get(1).metrics().getOrDefault("RMSE", Double.NaN);
        double movie = heard.get(2).metrics().getOrDefault("RMSE", Double.NaN);
        assertThat(user).isLessThan(0.8 * deep);
        assertThat(movie).isLessThan(0.5 * user).isBetween(0.29, 0.45);
        assertThat(result.validation().length()).isEqualTo(200);
    }

    @Test
    void entitiesThatAreGoneKeepTheirModels() throws IOException {
        EntityModel gone = new EntityModel("u99", new int[] {-1}, new double[] {4}, null);
        MixedModel start = new MixedModel(Map.of("user", Map.of("u99", gone)));
        DescentResult result = new CoordinateDescent(coordinates(), training.table(), null, DescentSettings.onePass())
                .run(start, _ -> {});
        assertThat(result.model().model("user", "u99")).isSameAs(gone);
        assertThat(result.model().coordinates().get("user")).hasSize(USERS + 1);
    }

    @Test
    void gdmixHandsScoresOnAsFloats() throws IOException {
        DescentSettings right = DescentSettings.onePass();
        DescentSettings gdmix = new DescentSettings(1, Set.of(), List.of(), Compat.GDMIX);
        MixedModel one = new CoordinateDescent(coordinates(), training.table(), null, right)
                .run(MixedModel.EMPTY, _ -> {})
                .model();
        MixedModel other = new CoordinateDescent(coordinates(), training.table(), null, gdmix)
                .run(MixedModel.EMPTY, _ -> {})
                .model();
        assertThat(mean(other, "user", "u0"))
                .isNotEqualTo(mean(one, "user", "u0"))
                .isCloseTo(mean(one, "user", "u0"), within(1e-6));
    }

    @Test
    void aPathGoesFromStrongToWeakAndSearchesFindAsGoodAWeight() throws IOException {
        Tuning tuning = new Tuning(
                coordinates(), training.table(), validation.table(), DescentSettings.onePass(RMSE), MixedModel.EMPTY);
        List<Tuning.Trial> path = tuning.path(Map.of("user", new double[] {0.1, 1000, 10}), _ -> {});
        assertThat(path.stream().map(t -> t.weights().getOrDefault("user", 0.0)))
                .containsExactly(1000.0, 10.0, 0.1);
        assertThat(tuning.best(path)).isEqualTo(2);
        double best = path.get(2).result().metric("RMSE");
        assertThat(path.get(0).result().metric("RMSE")).isGreaterThan(best + 0.3);
        for (var search : List.of(new SobolSearch(2, 3), new BayesianSearch(2, 3))) {
            List<Tuning.Trial> trials = tuning.search(List.of("user", "movie"), 1e-2, 1e3, search, 12, _ -> {});
            assertThat(trials.get(tuning.best(trials)).result().metric("RMSE")).isLessThan(best + 0.1);
        }
        assertThatThrownBy(() -> tuning.path(Map.of("shop", new double[] {1}), _ -> {}))
                .hasMessageContaining("no coordinate shop to tune");
    }

    @Test
    void whatDoesNotFitIsNamed() throws IOException {
        assertThatThrownBy(
                        () -> new CoordinateDescent(coordinates(), validation.table(), null, DescentSettings.onePass())
                                .run(MixedModel.EMPTY, _ -> {}))
                .hasMessage(
                        "coordinate all: a sample has uid 1000000, which no score has; want the same samples everywhere");
        assertThatThrownBy(() ->
                        ScoreTable.onHeap(new long[] {5, 5}, new double[2], new double[2], new double[2], Map.of()))
                .hasMessage("uid 5 is that of rows 0 and 1, want each once");
        assertThatThrownBy(() ->
                        new CoordinateDescent(coordinates(), training.table(), null, DescentSettings.onePass(RMSE)))
                .hasMessage("1 evaluators without validation samples, want both or neither");
    }

    private static double mean(MixedModel model, String coordinate, String entity) {
        return Objects.requireNonNull(model.model(coordinate, entity)).mean(0);
    }

    private List<Coordinate> coordinates() {
        TrainerSettings trainer = TrainerSettings.of(SQUARED, 2);
        return List.of(
                new Coordinate.FixedEffect("all", training.all, validation.all, SQUARED),
                new Coordinate.RandomEffect("user", training.users, validation.users, trainer),
                new Coordinate.RandomEffect("movie", training.movies, validation.movies, trainer));
    }
}
