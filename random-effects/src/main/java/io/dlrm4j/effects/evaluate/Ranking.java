package io.dlrm4j.effects.evaluate;

import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.effects.column.Doubles;

/// Samples by falling score; those of equal score in their order. A merge sort of positions, since the JDK sorts no
/// primitive positions by another array; it goes through its columns from one end to the other.
final class Ranking {
    private Ranking() {}

    /// @param samples whose order is sorted in place
    /// @param from first position looked at
    /// @param to one past the last
    static void sort(ScoredSamples samples, int from, int to) {
        sort(samples.order(), from, to, samples.scores(), samples.room());
    }

    private static void sort(Ints positions, int from, int to, Doubles scores, Ints room) {
        if (to - from < 2) {
            return;
        }
        int middle = (from + to) >>> 1;
        sort(positions, from, middle, scores, room);
        sort(positions, middle, to, scores, room);
        for (int i = from; i < middle; i++) {
            room.set(i, positions.get(i));
        }
        int left = from;
        int right = middle;
        for (int at = from; left < middle; at++) {
            boolean takeRight = right < to && scores.get(positions.get(right)) > scores.get(room.get(left));
            positions.set(at, takeRight ? positions.get(right++) : room.get(left++));
        }
    }
}
