package io.dlrm4j.bench.effects;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.descent.Coordinate;
import io.dlrm4j.effects.descent.CoordinateDescent;
import io.dlrm4j.effects.descent.CrossFittedDescent;
import io.dlrm4j.effects.descent.DescentResult;
import io.dlrm4j.effects.descent.DescentSettings;
import io.dlrm4j.effects.descent.DescentStep;
import io.dlrm4j.effects.descent.MixedModel;
import io.dlrm4j.effects.descent.PenaltyChoice;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.solve.Regularization;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.train.TrainerSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/// `benchmarks/effects/movielens`: GDMix's example, and the same with a DLRM as the fixed effect, on random 80/20
/// splits; prints the validation AUC after each coordinate, and the penalties that were chosen behind the DLRM. They
/// are chosen on training samples alone.
public final class MovieLensRun {
    /// GDMix's penalties: 1, on the intercept too.
    static final SolverSettings LINEAR = SolverSettings.LOGISTIC.withRegularization(new Regularization(0, 1, true));

    private static final double[] PENALTIES = {30, 100, 300, 1000};
    private static final int FOLDS = 4;
    private static final int THREADS = 2;
    private static final Evaluator AUC = Evaluator.parse("AUC", Compat.NONE);

    private MovieLensRun() {}

    /// @param args the folder `ml-100k`, the number of splits, and `hidden` where the effects behind the DLRM are
    ///     to have its hidden layer as their features
    public static void main(String[] args) throws IOException {
        MovieLens data = MovieLens.read(Path.of(args[0]));
        int splits = Integer.parseInt(args[1]);
        boolean hidden = args.length > 2 && args[2].equals("hidden");
        double[] sums = new double[6];
        long start = System.nanoTime();
        System.out.println(
                "split    global  +per_user +per_movie |    DLRM  +per_user +per_movie | seconds | penalties");
        for (int split = 1; split <= splits; split++) {
            long from = System.nanoTime();
            List<MovieLens.Part> parts = data.split(split);
            List<Double> aucs = new ArrayList<>(run(parts, linear(parts, LINEAR)));
            List<MovieLens.Part> again = data.split(split);
            if (hidden) {
                again = withHidden(data, again, split);
            }
            List<DescentStep> steps = behindDeep(data, again, split);
            steps.forEach(step -> aucs.add(auc(step)));
            for (int i = 0; i < sums.length; i++) {
                sums[i] += aucs.get(i) / splits;
            }
            print(
                    "%5d".formatted(split),
                    aucs,
                    1e-9 * (System.nanoTime() - from),
                    named(steps.getLast().penalties().values()));
        }
        print(" mean", Arrays.stream(sums).boxed().toList(), 1e-9 * (System.nanoTime() - start), "");
    }

    static List<Coordinate> linear(List<MovieLens.Part> parts, SolverSettings solver) {
        List<Coordinate> coordinates = new ArrayList<>();
        coordinates.add(new Coordinate.FixedEffect(
                "global", parts.get(0).global(), parts.get(1).global(), solver));
        coordinates.addAll(randomEffects(parts, solver));
        return coordinates;
    }

    private static List<MovieLens.Part> withHidden(MovieLens data, List<MovieLens.Part> parts, long seed) {
        MovieLens.Part training = parts.get(0);
        MovieLens.Part validation = parts.get(1);
        DeepFixedEffect.Hidden of = DeepFixedEffect.hidden(data, training.rows(), validation.rows(), seed, THREADS);
        return List.of(training.with(of.training()), validation.with(of.validation()));
    }

    private static List<DescentStep> behindDeep(MovieLens data, List<MovieLens.Part> parts, long seed)
            throws IOException {
        MovieLens.Part training = parts.get(0);
        MovieLens.Part validation = parts.get(1);
        DeepFixedEffect.Logits logits = DeepFixedEffect.train(data, training.rows(), validation.rows(), seed, THREADS);
        List<Coordinate> coordinates = new ArrayList<>();
        coordinates.add(new Coordinate.Scores("deep", logits.training(), logits.validation()));
        coordinates.addAll(randomEffects(parts, LINEAR));
        PenaltyChoice choice = new PenaltyChoice(FOLDS, AUC, PENALTIES);
        Map<String, PenaltyChoice> choices = Map.of("per_user", choice, "per_movie", choice);
        return new CrossFittedDescent(coordinates, training.table(), validation.table(), choices, List.of(AUC))
                .run(_ -> {})
                .steps();
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
        return result.steps().stream().map(MovieLensRun::auc).toList();
    }

    private static double auc(DescentStep step) {
        return step.metrics().getOrDefault(AUC.name(), Double.NaN);
    }

    private static String named(Collection<Double> penalties) {
        StringJoiner names = new StringJoiner(" ");
        for (double penalty : penalties) {
            names.add(penalty == PenaltyChoice.OFF ? "off" : String.format(Locale.ROOT, "%.0f", penalty));
        }
        return names.toString();
    }

    private static void print(String name, List<Double> aucs, double seconds, String penalties) {
        Object[] row = new Object[9];
        row[0] = name;
        for (int i = 0; i < 6; i++) {
            row[1 + i] = aucs.get(i);
        }
        row[7] = seconds;
        row[8] = penalties;
        System.out.printf(Locale.ROOT, "%s    %.4f     %.4f     %.4f |  %.4f     %.4f     %.4f | %7.1f | %s%n", row);
    }
}
