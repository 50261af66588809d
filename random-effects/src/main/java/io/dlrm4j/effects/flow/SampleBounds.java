package io.dlrm4j.effects.flow;

import io.dlrm4j.effects.data.Compat;

/// How many samples of an entity are trained on. The others are passive: they are scored alone.
///
/// By default the `most` samples with the smallest hashes of entity and uid are kept and weigh n / most times as much,
/// so that their sums are right on average; an entity with fewer than `least` samples is not trained. `compat` GDMIX
/// deals them into groups by their uid instead ([io.dlrm4j.effects.format.gdmix.Partitions#group]): about half are kept,
/// and weigh what they weighed.
///
/// @param most 0: no bound
/// @param least 0: no bound
public record SampleBounds(int most, int least, Compat compat) {
    /// No bounds.
    public static final SampleBounds NONE = new SampleBounds(0, 0, Compat.NONE);

    /// Checks the numbers.
    public SampleBounds {
        if (most < 0 || least < 0 || (most > 0 && least > most)) {
            throw new IllegalArgumentException(
                    "most=%d least=%d, want 0 or more, and the least no more than the most".formatted(most, least));
        }
    }

    boolean dealsByUid() {
        return compat == Compat.GDMIX && (most > 0 || least > 0);
    }

    /// A hash of entity and uid that nothing in the data is likely to follow (SplitMix64's finalizer, Steele et al.,
    /// "Fast splittable pseudorandom number generators", OOPSLA 2014). Compared as unsigned.
    static long hash(String entity, long uid) {
        long z = uid + 0x9E3779B97F4A7C15L * (entity.hashCode() + 1L);
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
