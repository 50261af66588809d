package io.dlrm4j.trainer;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Locale;

/// Names the rank that the others wait for. A synchronous step takes as long as its slowest rank, which waits for
/// nobody; so a rank is slow when, in most of the last steps and in all of them together, the others waited for much
/// more of the time than it did.
///
/// One long pause is one step and accuses nobody. Each rank is named once a run.
final class Stragglers {
    static final int WINDOW = 100;

    /// By this share of a step the others must have waited longer.
    private static final double HELD_UP = 0.25;

    private final double[] sums;
    private final int[] held; // steps in which the others waited for a rank
    private final BitSet named = new BitSet();
    private int steps;

    Stragglers(int ranks) {
        this.sums = new double[ranks];
        this.held = new int[ranks];
    }

    /// @param waited share of a step for which each rank has waited for others
    /// @return a sentence that names a slow rank, seldom; else empty
    String step(double[] waited) {
        double all = 0;
        for (double each : waited) {
            all += each;
        }
        for (int rank = 0; rank < waited.length; rank++) {
            sums[rank] += waited[rank];
            held[rank] += others(all, waited[rank]) - waited[rank] > HELD_UP ? 1 : 0;
        }
        steps++;
        return steps == WINDOW ? verdict() : "";
    }

    private double others(double all, double own) {
        return (all - own) / (sums.length - 1);
    }

    private String verdict() {
        int slowest = 0;
        double all = sums[0];
        for (int rank = 1; rank < sums.length; rank++) {
            all += sums[rank];
            slowest = sums[rank] < sums[slowest] ? rank : slowest;
        }
        String sentence = "";
        double longer = others(all, sums[slowest]) - sums[slowest];
        if (held[slowest] > WINDOW / 2 && longer > HELD_UP * WINDOW && !named.get(slowest)) {
            named.set(slowest);
            sentence = String.format(
                    Locale.ROOT,
                    "rank %d is slow: in %d of the last %d steps the others waited for it, for %.0f %% of the time on "
                            + "average, while it waited for %.0f %%; look at its host, its disk and what lies on it "
                            + "(--profile)",
                    slowest,
                    held[slowest],
                    WINDOW,
                    100 * others(all, sums[slowest]) / WINDOW,
                    100 * sums[slowest] / WINDOW);
        }
        Arrays.fill(sums, 0);
        Arrays.fill(held, 0);
        steps = 0;
        return sentence;
    }
}
