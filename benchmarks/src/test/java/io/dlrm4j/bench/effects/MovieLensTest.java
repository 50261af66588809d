package io.dlrm4j.bench.effects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.descent.CoordinateDescent;
import io.dlrm4j.effects.descent.DescentResult;
import io.dlrm4j.effects.descent.DescentSettings;
import io.dlrm4j.effects.descent.DescentStep;
import io.dlrm4j.effects.descent.MixedModel;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.solve.SolverSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        SolverSettings solver = compat == Compat.GDMIX ? SolverSettings.gdmix() : MovieLensRun.LINEAR;
        DescentResult result = descent(1, solver, DescentSettings.onePass(AUC));
        assertThat(result.steps().stream().map(DescentStep::coordinate))
                .containsExactly("global", "per_user", "per_movie");
        assertThat(auc(result, 0)).isCloseTo(0.6237, within(0.012));
        assertThat(auc(result, 1)).isCloseTo(0.7058, within(0.012));
        assertThat(auc(result, 2)).isCloseTo(0.7599, within(0.012));
    }

    @Test
    void morePassesAreNotWorse() throws IOException {
        Evaluator byUser = Evaluator.parse("AUC:user", Compat.NONE);
        DescentSettings three = new DescentSettings(3, Set.of(), List.of(AUC, byUser), Compat.NONE);
        DescentResult result = descent(2, MovieLensRun.LINEAR, three);
        assertThat(result.steps()).hasSize(9);
        assertThat(result.best()).isGreaterThanOrEqualTo(2);
        assertThat(auc(result, result.best())).isGreaterThanOrEqualTo(auc(result, 2));
        assertThat(result.metric("AUC:user")).isBetween(0.6, auc(result, result.best()));
    }

    private static double auc(DescentResult result, int step) {
        return result.steps().get(step).metrics().getOrDefault("AUC", Double.NaN);
    }

    private static DescentResult descent(long seed, SolverSettings solver, DescentSettings settings)
            throws IOException {
        Path folder = Path.of(System.getProperty("data.dir", "absent"), "movielens", "ml-100k");
        assumeTrue(Files.isDirectory(folder), "data.dir holds no movielens/ml-100k");
        List<MovieLens.Part> parts = MovieLens.read(folder).split(seed);
        return new CoordinateDescent(
                        MovieLensRun.linear(parts, solver),
                        parts.get(0).table(),
                        parts.get(1).table(),
                        settings)
                .run(MixedModel.EMPTY, _ -> {});
    }
}
