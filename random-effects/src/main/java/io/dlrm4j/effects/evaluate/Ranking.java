package io.dlrm4j.effects.evaluate;

/// Samples by falling score; those of equal score in their order. A merge sort of positions, since the JDK sorts no
/// primitive positions by another array.
final class Ranking {
    private Ranking() {}

    /// @param positions which samples, reordered in place
    /// @param from first position looked at
    /// @param to one past the last
    static void sort(int[] positions, int from, int to, double[] scores) {
        sort(positions, from, to, scores, new int[to - from], from);
    }

    private static void sort(int[] positions, int from, int to, double[] scores, int[] room, int base) {
        if (to - from < 2) {
            return;
        }
        int middle = (from + to) >>> 1;
        sort(positions, from, middle, scores, room, base);
        sort(positions, middle, to, scores, room, base);
        System.arraycopy(positions, from, room, from - base, middle - from);
        int left = from - base;
        int leftEnd = middle - base;
        int right = middle;
        for (int at = from; left < leftEnd; at++) {
            boolean takeRight = right < to && scores[positions[right]] > scores[room[left]];
            positions[at] = takeRight ? positions[right++] : room[left++];
        }
    }
}
