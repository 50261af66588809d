package io.dlrm4j.effects.descent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.solve.Regularization;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.train.TrainerSettings;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MovieLensTest {
    private static final Evaluator AUC = Evaluator.parse("AUC", Compat.NONE);

    /// GDMix's README: 0.6237, 0.7058, 0.7599 on one random split; over splits they spread by about 0.003.
    @ParameterizedTest
    @EnumSource(
            value = Compat.class,
            names = {"NONE", "GDMIX"})
    void gdmixsExampleHasItsAucs(Compat compat) throws IOException {
        List<MovieLens.Part> parts = MovieLens.read().split(1);
        SolverSettings solver = compat == Compat.GDMIX
                ? SolverSettings.gdmix()
                : SolverSettings.LOGISTIC.withRegularization(new Regularization(0, 1, true));
        DescentResult result = descent(parts, solver, DescentSettings.onePass(AUC));
        assertThat(result.steps().stream().map(DescentStep::coordinate))
                .containsExactly("global", "per_user", "per_movie");
        assertThat(auc(result, 0)).isCloseTo(0.6237, within(0.012));
        assertThat(auc(result, 1)).isCloseTo(0.7058, within(0.012));
        assertThat(auc(result, 2)).isCloseTo(0.7599, within(0.012));
    }

    @Test
    void morePassesAreNotWorse() throws IOException {
        List<MovieLens.Part> parts = MovieLens.read().split(2);
        SolverSettings solver = SolverSettings.LOGISTIC.withRegularization(new Regularization(0, 1, true));
        DescentSettings three =
                new DescentSettings(3, Set.of(), List.of(AUC, Evaluator.parse("AUC:user", Compat.NONE)), Compat.NONE);
        DescentResult result = descent(parts, solver, three);
        assertThat(result.steps()).hasSize(9);
        assertThat(result.best()).isGreaterThanOrEqualTo(2);
        assertThat(auc(result, result.best())).isGreaterThanOrEqualTo(auc(result, 2));
        assertThat(result.metric("AUC:user")).isBetween(0.6, auc(result, result.best()));
    }

    private static double auc(DescentResult result, int step) {
        return result.steps().get(step).metrics().get("AUC");
    }

    private static DescentResult descent(List<MovieLens.Part> parts, SolverSettings solver, DescentSettings settings)
            throws IOException {
        MovieLens.Part training = parts.get(0);
        MovieLens.Part validation = parts.get(1);
        TrainerSettings trainer = TrainerSettings.of(solver, 2);
        List<Coordinate> coordinates = List.of(
                new Coordinate.FixedEffect("global", training.global(), validation.global(), solver),
                new Coordinate.RandomEffect("per_user", training.perUser(), validation.perUser(), trainer),
                new Coordinate.RandomEffect("per_movie", training.perMovie(), validation.perMovie(), trainer));
        return new CoordinateDescent(coordinates, training.table(), validation.table(), settings)
                .run(MixedModel.EMPTY, _ -> {});
    }
}
