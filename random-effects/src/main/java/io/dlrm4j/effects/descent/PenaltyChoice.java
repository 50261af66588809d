package io.dlrm4j.effects.descent;

import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.evaluate.ScoredSamples;
import io.dlrm4j.effects.train.ActiveSamples;
import io.dlrm4j.effects.train.RandomEffectTrainer;
import io.dlrm4j.effects.train.SampleScores;
import io.dlrm4j.effects.train.TrainerSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/// Chooses the penalty of a random effect by cross-validation on its training samples; to leave the effect out is one
/// of the choices, and has to be beaten by more than chance.
///
/// Samples are dealt into folds by their uid. Models of all other folds score a fold, behind the offsets that the
/// samples have, and the evaluator looks at each fold. No validation sample is looked at.
public final class PenaltyChoice {
    /// The penalty that leaves an effect out.
    public static final double OFF = Double.POSITIVE_INFINITY;

    private final int folds;
    private final Evaluator evaluator;
    private final double[] penalties;

    /// What was chosen.
    ///
    /// @param penalty one of those tried, or [#OFF]
    /// @param heldOut what models with that penalty say of the training samples that they have not seen, in the
    ///     table's order; zeros where the effect is left out
    /// @param tried the mean over folds of the metric for each penalty, [#OFF] first
    @SuppressWarnings("ArrayRecordComponent") // of millions of samples, never compared
    public record Choice(double penalty, double[] heldOut, List<Tried> tried) {}

    /// One penalty.
    ///
    /// @param penalty the sum of L1 and L2
    /// @param metric mean over folds
    /// @param gain mean over folds of what it is better than without the effect
    /// @param error standard error of the gain
    public record Tried(double penalty, double metric, double gain, double error) {}

    /// @param folds 2 or more
    /// @param evaluator that decides, of all samples
    /// @param penalties to try, above 0
    public PenaltyChoice(int folds, Evaluator evaluator, double... penalties) {
        if (folds < 2 || penalties.length == 0) {
            throw new IllegalArgumentException(
                    "folds=%d and %d penalties, want 2 or more and 1 or more".formatted(folds, penalties.length));
        }
        if (!evaluator.entity().isEmpty()) {
            throw new IllegalArgumentException("evaluator %s decides on penalties, want one of all samples, as %s"
                    .formatted(evaluator.name(), evaluator.metricName()));
        }
        this.folds = folds;
        this.evaluator = evaluator;
        this.penalties = penalties.clone();
        Arrays.sort(this.penalties);
        if (!(this.penalties[0] > 0)) {
            throw new IllegalArgumentException("penalty %s, want above 0".formatted(this.penalties[0]));
        }
    }

    /// Chooses.
    ///
    /// @param effect whose penalty; its shares of L1 and L2 stay
    /// @param training its samples, with the scores of the coordinates before
    /// @throws IOException when the samples cannot be read
    public Choice choose(Coordinate.RandomEffect effect, ScoreTable training) throws IOException {
        double[] offsets = new double[training.rows()];
        int[] fold = new int[training.rows()];
        for (int row = 0; row < fold.length; row++) {
            offsets[row] = training.sumWithout(effect.name(), row);
            fold[row] = foldOf(training.uid(row));
        }
        double[] off = measure(training, offsets, new double[fold.length], fold);
        List<Tried> tried = new ArrayList<>();
        tried.add(new Tried(OFF, mean(off), 0, 0));
        Choice best = new Choice(OFF, new double[fold.length], tried);
        double bestGain = 0;
        for (int i = penalties.length - 1; i >= 0; i--) { // the strongest first
            double[] scores = heldOut(effect, penalties[i], offsets, training);
            double[] metrics = measure(training, offsets, scores, fold);
            double[] gains = new double[folds];
            for (int f = 0; f < folds; f++) {
                gains[f] = evaluator.metric().largerIsBetter() ? metrics[f] - off[f] : off[f] - metrics[f];
            }
            double gain = mean(gains);
            double error = errorOf(gains);
            tried.add(new Tried(penalties[i], mean(metrics), gain, error));
            if (gain > error && gain > bestGain) {
                best = new Choice(penalties[i], scores, tried);
                bestGain = gain;
            }
        }
        return best;
    }

    private int foldOf(long uid) {
        return (int) Math.floorMod(ActiveSamples.hash("fold", uid), (long) folds);
    }

    private double[] heldOut(Coordinate.RandomEffect effect, double penalty, double[] offsets, ScoreTable training)
            throws IOException {
        TrainerSettings trainer = ((Coordinate.RandomEffect) effect.withPenalty(penalty)).trainer();
        double[] scores = new double[training.rows()];
        SampleScores behind = new SampleScores() {
            @Override
            public double offset(long uid, double own) {
                return offsets[training.rowOf(uid)];
            }

            @Override
            public void put(long uid, double score) {} // of a sample that was trained on
        };
        for (int f = 0; f < folds; f++) {
            int left = f;
            Map<String, EntityModel> models = new HashMap<>();
            try (EntitySource source = new Kept(effect.training().open(), uid -> foldOf(uid) != left)) {
                new RandomEffectTrainer(trainer).train(source, _ -> null, behind, m -> models.put(m.entity(), m));
            }
            EntityData data = new EntityData();
            try (EntitySource source = new Kept(effect.training().open(), uid -> foldOf(uid) == left)) {
                while (source.next(data)) {
                    EntityModel model = models.get(data.entity());
                    for (int row = 0; row < data.rows(); row++) {
                        scores[training.rowOf(data.uids()[row])] = model == null ? 0 : model.score(data, row);
                    }
                }
            }
        }
        return scores;
    }

    /// The samples of an entity that are wanted; entities without any are handed out empty.
    private record Kept(EntitySource source, LongPredicate wanted, EntityData all) implements EntitySource {
        Kept(EntitySource source, LongPredicate wanted) {
            this(source, wanted, new EntityData());
        }

        @Override
        public boolean next(EntityData into) throws IOException {
            boolean found = source.next(all);
            into.begin(all.entity());
            for (int row = 0; row < all.rows(); row++) {
                if (wanted.test(all.uids()[row])) {
                    into.addRowOf(all, row);
                }
            }
            return found;
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }

    private double[] measure(ScoreTable training, double[] offsets, double[] scores, int[] fold) {
        double[] metrics = new double[folds];
        for (int f = 0; f < folds; f++) {
            int rows = 0;
            for (int of : fold) {
                rows += of == f ? 1 : 0;
            }
            double[] totals = new double[rows];
            double[] labels = new double[rows];
            double[] weights = new double[rows];
            int at = 0;
            for (int row = 0; row < fold.length; row++) {
                if (fold[row] == f) {
                    totals[at] = offsets[row] + scores[row];
                    labels[at] = training.label(row);
                    weights[at++] = training.weight(row);
                }
            }
            metrics[f] = evaluator.evaluate(new ScoredSamples(totals, labels, weights, Map.of()));
        }
        return metrics;
    }

    private static double mean(double[] numbers) {
        return Arrays.stream(numbers).average().orElseThrow();
    }

    private static double errorOf(double[] numbers) {
        double mean = mean(numbers);
        double squares = 0;
        for (double number : numbers) {
            squares += (number - mean) * (number - mean);
        }
        return Math.sqrt(squares / (numbers.length - 1) / numbers.length);
    }
}
