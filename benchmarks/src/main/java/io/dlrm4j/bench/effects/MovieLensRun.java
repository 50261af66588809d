package io.dlrm4j.bench.effects;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.descent.Coordinate;
import io.dlrm4j.effects.descent.CoordinateDescent;
import io.dlrm4j.effects.descent.DescentResult;
import io.dlrm4j.effects.descent.DescentSettings;
import io.dlrm4j.effects.descent.DescentStep;
import io.dlrm4j.effects.descent.MixedModel;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.solve.Regularization;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.train.TrainerSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// `benchmarks/effects/movielens`: GDMix's example, and the same with a DLRM as the fixed effect, on random 80/20
/// splits; prints the validation AUC after each coordinate.
public final class MovieLensRun {
    /// GDMix's penalties: 1, on the intercept too.
    static final SolverSettings LINEAR = SolverSettings.LOGISTIC.withRegularization(new Regularization(0, 1, true));

    /// Behind scores that know users and movies, single coefficients have less to add.
    private static final SolverSettings BEHIND_DEEP =
            SolverSettings.LOGISTIC.withRegularization(new Regularization(0, 10, true));

    private static final int THREADS = 2;
    private static final Evaluator AUC = Evaluator.parse("AUC", Compat.NONE);

    private MovieLensRun() {}

    /// @param args the folder `ml-100k` and the number of splits
    public static void main(String[] args) throws IOException {
        MovieLens data = MovieLens.read(Path.of(args[0]));
        int splits = Integer.parseInt(args[1]);
        double[] sums = new double[6];
        long start = System.nanoTime();
        System.out.println("split    global  +per_user +per_movie |    DLRM  +per_user +per_movie | seconds");
        for (int split = 1; split <= splits; split++) {
            long from = System.nanoTime();
            List<MovieLens.Part> parts = data.split(split);
            List<Double> aucs = new ArrayList<>(run(parts, linear(parts, LINEAR)));
            List<MovieLens.Part> again = data.split(split);
            aucs.addAll(run(again, deep(data, again, split)));
            for (int i = 0; i < sums.length; i++) {
                sums[i] += aucs.get(i) / splits;
            }
            print("%5d".formatted(split), aucs, 1e-9 * (System.nanoTime() - from));
        }
        print(" mean", Arrays.stream(sums).boxed().toList(), 1e-9 * (System.nanoTime() - start));
    }

    static List<Coordinate> linear(List<MovieLens.Part> parts, SolverSettings solver) {
        List<Coordinate> coordinates = new ArrayList<>();
        coordinates.add(new Coordinate.FixedEffect(
                "global", parts.get(0).global(), parts.get(1).global(), solver));
        coordinates.addAll(randomEffects(parts, solver));
        return coordinates;
    }

    private static List<Coordinate> deep(MovieLens data, List<MovieLens.Part> parts, long seed) {
        int[] training = parts.get(0).rows();
        int[] validation = parts.get(1).rows();
        DeepFixedEffect.Logits logits = DeepFixedEffect.train(data, training, validation, seed, THREADS);
        List<Coordinate> coordinates = new ArrayList<>();
        coordinates.add(new Coordinate.Scores("deep", logits.training(), logits.validation()));
        coordinates.addAll(randomEffects(parts, BEHIND_DEEP));
        return coordinates;
    }

    private static List<Coordinate> randomEffects(List<MovieLens.Part> parts, SolverSettings solver) {
        TrainerSettings trainer = TrainerSettings.of(solver, THREADS);
        MovieLens.Part training = parts.get(0);
        MovieLens.Part validation = parts.get(1);
        return List.of(
                new Coordinate.RandomEffect("per_user", training.perUser(), validation.perUser(), trainer),
                new Coordinate.RandomEffect("per_movie", training.perMovie(), validation.perMovie(), trainer));
    }

    private static List<Double> run(List<MovieLens.Part> parts, List<Coordinate> coordinates) throws IOException {
        DescentResult result = new CoordinateDescent(
                        coordinates, parts.get(0).table(), parts.get(1).table(), DescentSettings.onePass(AUC))
                .run(MixedModel.EMPTY, _ -> {});
        List<Double> aucs = new ArrayList<>();
        for (DescentStep step : result.steps()) {
            aucs.add(step.metrics().getOrDefault(AUC.name(), Double.NaN));
        }
        return aucs;
    }

    private static void print(String name, List<Double> aucs, double seconds) {
        Object[] row = new Object[8];
        row[0] = name;
        for (int i = 0; i < 6; i++) {
            row[1 + i] = aucs.get(i);
        }
        row[7] = seconds;
        System.out.printf(Locale.ROOT, "%s    %.4f     %.4f     %.4f |  %.4f     %.4f     %.4f | %7.1f%n", row);
    }
}
