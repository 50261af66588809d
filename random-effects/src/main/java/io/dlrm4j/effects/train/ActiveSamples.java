package io.dlrm4j.effects.train;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import java.util.Arrays;

/// Which samples of an entity it is trained on; the others are only scored.
///
/// An entity with more samples than the cap keeps as many as the cap says, drawn by a hash of entity and uid, and each
/// counts `n / cap` times: on average the objective is that of all samples. The draw is the same in every run.
///
/// GDMix ([Compat#GDMIX]) keeps the samples whose uid is divisible by `floor(n / cap + 1)`, about half of the cap right
/// above it, and leaves their weights: the penalty then weighs more for an entity the more samples it has.
///
/// @param least an entity with fewer samples is not trained
/// @param cap most samples an entity is trained on, 0 for all
/// @param compat whose way of capping
public record ActiveSamples(int least, int cap, Compat compat) {
    /// Every sample of every entity.
    public static final ActiveSamples ALL = new ActiveSamples(1, 0, Compat.NONE);

    /// @throws IllegalArgumentException for a negative number
    public ActiveSamples {
        if (least < 0 || cap < 0) {
            throw new IllegalArgumentException("least=%d cap=%d, want 0 or more".formatted(least, cap));
        }
    }

    /// Selects.
    ///
    /// @param all an entity's samples
    /// @param room takes the selected samples, in their order, where not all are
    /// @return `all`, or `room`, or neither's samples (`room` left empty) when the entity is not to be trained
    public EntityData select(EntityData all, EntityData room) {
        room.begin(all.entity());
        if (all.rows() < least || all.rows() == 0) {
            return room;
        }
        if (compat == Compat.GDMIX) {
            return cap == 0 ? all : everyNth(all, room, all.rows() / cap + 1);
        }
        return cap == 0 || all.rows() <= cap ? all : drawn(all, room);
    }

    private static EntityData everyNth(EntityData all, EntityData room, int groups) {
        if (groups == 1) {
            return all;
        }
        for (int row = 0; row < all.rows(); row++) {
            if (Math.floorMod(all.uids()[row], groups) == 0) {
                room.addRowOf(all, row);
            }
        }
        return room;
    }

    private EntityData drawn(EntityData all, EntityData room) {
        int n = all.rows();
        long[] hashes = new long[n];
        for (int row = 0; row < n; row++) {
            hashes[row] = hash(all.entity(), all.uids()[row]);
        }
        long[] sorted = hashes.clone();
        Arrays.sort(sorted);
        long last = sorted[cap - 1];
        int below = 0;
        while (below < cap && sorted[below] < last) {
            below++;
        }
        int ofLast = cap - below; // equal uids have equal hashes: as many of them as there is room for
        double weight = (double) n / cap;
        for (int row = 0; row < n; row++) {
            if (hashes[row] < last || (hashes[row] == last && ofLast-- > 0)) {
                room.addRowOf(all, row);
                room.setWeight(room.rows() - 1, all.weights()[row] * weight);
            }
        }
        return room;
    }

    /// @return what decides whether a sample is drawn: those with the smallest are
    public static long hash(String entity, long uid) {
        return mix(uid + mix(entity.hashCode()));
    }

    /// Steele, Lea and Flood 2014 (SplitMix): every bit of the answer depends on every bit of the argument.
    private static long mix(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
