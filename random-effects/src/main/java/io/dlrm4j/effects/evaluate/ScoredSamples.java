package io.dlrm4j.effects.evaluate;

import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.effects.column.Doubles;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/// Scores with what they are held against, and room to rank them.
///
/// @param scores margins with offset, `[n]`
/// @param labels `[n]`
/// @param weights `[n]`
/// @param groups for each kind of entity the number of each sample's entity, 0 to one below their count, `[n]`
/// @param order takes the samples' positions in their order, `[n]`
/// @param room of who sorts them, `[n]`
public record ScoredSamples(
        Doubles scores, Doubles labels, Doubles weights, Map<String, Ints> groups, Ints order, Ints room) {
    /// @throws IllegalArgumentException when lengths differ
    public ScoredSamples {
        if (labels.length() != scores.length() || weights.length() != scores.length()) {
            throw new IllegalArgumentException("%d scores, %d labels, %d weights, want as many of each"
                    .formatted(scores.length(), labels.length(), weights.length()));
        }
        groups.forEach((kind, of) -> {
            if (of.length() != labels.length()) {
                throw new IllegalArgumentException(
                        "%d entities of kind %s for %d samples".formatted(of.length(), kind, labels.length()));
            }
        });
    }

    /// Few samples, on the heap.
    public ScoredSamples(double[] scores, double[] labels, double[] weights, Map<String, int[]> groups) {
        this(
                Doubles.of(scores),
                Doubles.of(labels),
                Doubles.of(weights),
                onHeap(groups),
                onHeap(new int[scores.length]),
                onHeap(new int[scores.length]));
    }

    /// @return number of samples
    int size() {
        return Math.toIntExact(scores.length());
    }

    private static Map<String, Ints> onHeap(Map<String, int[]> groups) {
        Map<String, Ints> columns = new LinkedHashMap<>();
        groups.forEach((kind, of) -> columns.put(kind, onHeap(of)));
        return columns;
    }

    private static Ints onHeap(int[] numbers) {
        return new Ints(MemorySegment.ofArray(numbers));
    }
}
