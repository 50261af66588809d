package io.dlrm4j.core.metric;

import io.dlrm4j.core.memory.Floats;
import java.util.Arrays;

/// Takes logits and labels block by block, in any order and from any rank, and computes [BinaryMetrics] of all of
/// them. The result is the same to the last bit for every order, because everything is summed over sorted scores.
///
/// A sample is one integer: the logit's bits mapped so that integers sort as the floats do. Label 1 lies at the start
/// of the array, label 0 at its end, the room between them is free:
///
/// ```
/// scores   | 1 1 1 1 → | free | ← 0 0 0 0 0 0 0 |
///            positives            negatives
/// ```
///
/// One thread at a time.
public final class ScoreCollector {
    private static final int FIRST_ROOM = 1024;
    private static final int MAX_ROOM = Integer.MAX_VALUE - 8;

    private int[] scores;
    private int positives;
    private int negatives;
    private long undefined;

    /// @param expected samples to make room for at once; more may come
    public ScoreCollector(int expected) {
        this.scores = new int[Math.max(expected, 1)];
    }

    /// A collector that begins small.
    public ScoreCollector() {
        this(FIRST_ROOM);
    }

    /// Takes the first `count` samples of a block.
    ///
    /// @param logits scores, `[count]`; a NaN is counted and makes the metrics NaN
    /// @param labels 0 or 1, `[count]`
    /// @throws IllegalArgumentException for another label; the samples before it have been taken
    public void append(Floats logits, Floats labels, int count) {
        for (int i = 0; i < count; i++) {
            append(logits.get(i), labels.get(i));
        }
    }

    /// Takes one sample.
    public void append(float logit, float label) {
        if (label != 0 && label != 1) {
            throw new IllegalArgumentException("label %s of sample %d, want 0 or 1".formatted(label, samples()));
        }
        makeRoom();
        if (Float.isNaN(logit)) {
            undefined++;
        }
        if (label == 1) {
            scores[positives++] = sortable(logit);
        } else {
            scores[scores.length - ++negatives] = sortable(logit);
        }
    }

    /// @return samples taken so far
    public long samples() {
        return (long) positives + negatives;
    }

    /// Forgets all samples and keeps the room.
    public void clear() {
        positives = 0;
        negatives = 0;
        undefined = 0;
    }

    /// Sorts what has been taken and sums over it; more may be appended afterwards. Time: that of sorting `samples`
    /// integers.
    ///
    /// @return quality of all samples taken so far
    public BinaryMetrics metrics() {
        Arrays.sort(scores, 0, positives);
        Arrays.sort(scores, scores.length - negatives, scores.length);
        double samples = samples();
        double baseRate = positives / samples; // NaN without samples
        if (undefined > 0) {
            double nan = Double.NaN;
            return new BinaryMetrics(samples(), nan, nan, nan, nan, nan, baseRate, nan);
        }
        Sums sums = new Sums();
        for (int i = 0; i < positives; i++) {
            sums.add(logit(scores[i]), 1);
        }
        for (int i = scores.length - negatives; i < scores.length; i++) {
            sums.add(logit(scores[i]), 0);
        }
        double logLoss = sums.loss / samples;
        double entropy = -baseRate * Math.log(baseRate) - (1 - baseRate) * Math.log1p(-baseRate); // NaN for one class
        return new BinaryMetrics(
                samples(),
                logLoss,
                auc(),
                logLoss / entropy,
                sums.correct / samples,
                positives == 0 ? Double.NaN : sums.probability / positives,
                baseRate,
                spread());
    }

    /// @return highest logit minus lowest of the sorted scores; NaN without samples
    private double spread() {
        double lowest = Double.NaN;
        double highest = Double.NaN;
        if (positives > 0) {
            lowest = logit(scores[0]);
            highest = logit(scores[positives - 1]);
        }
        if (negatives > 0) {
            double first = logit(scores[scores.length - negatives]);
            double last = logit(scores[scores.length - 1]);
            lowest = positives > 0 ? Math.min(lowest, first) : first;
            highest = positives > 0 ? Math.max(highest, last) : last;
        }
        return highest - lowest;
    }

    /// Mann and Whitney 1947: counts, for each positive, the negatives below it twice and those equal to it once.
    private double auc() {
        long wins = 0;
        int start = scores.length - negatives;
        int below = start;
        int notAbove = start;
        for (int i = 0; i < positives; i++) {
            while (below < scores.length && scores[below] < scores[i]) {
                below++;
            }
            notAbove = Math.max(notAbove, below);
            while (notAbove < scores.length && scores[notAbove] == scores[i]) {
                notAbove++;
            }
            wins += (long) (below - start) + (notAbove - start);
        }
        return wins / (2.0 * positives * negatives); // 0 / 0 for one class
    }

    private void makeRoom() {
        if (samples() < scores.length) {
            return;
        }
        if (scores.length == MAX_ROOM) {
            throw new IllegalStateException(
                    "%d samples collected, want fewer; evaluate on fewer rows".formatted(samples()));
        }
        int room = Math.clamp(scores.length + 1L + (scores.length >> 1), FIRST_ROOM, MAX_ROOM);
        int[] more = new int[room];
        System.arraycopy(scores, 0, more, 0, positives);
        System.arraycopy(scores, scores.length - negatives, more, room - negatives, negatives);
        scores = more;
    }

    /// Integers that sort as the floats do; -0 becomes 0, which it equals.
    private static int sortable(float logit) {
        int bits = Float.floatToIntBits(logit + 0f);
        return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    }

    private static float logit(int sortable) {
        return Float.intBitsToFloat(sortable ^ ((sortable >> 31) & Integer.MAX_VALUE));
    }

    /// What is summed over samples.
    private static final class Sums {
        private double loss;
        private double probability;
        private long correct;

        void add(double logit, int label) {
            double small = Math.exp(-Math.abs(logit)); // at most 1, so nothing overflows
            double p = (logit >= 0 ? 1 : small) / (1 + small);
            double wrong = label == 1 ? -logit : logit;
            loss += Math.max(wrong, 0) + Math.log1p(small);
            probability += p;
            int answer = (float) p > 0.5f ? 1 : 0;
            correct += answer == label ? 1 : 0;
        }
    }
}
