package io.dlrm4j.effects.store;

import java.util.Arrays;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;

/// Places of the newest models by a hash of id type and key: open addressing, 16 bytes a slot, at most two thirds
/// full. Whether a place holds the wanted key is asked of the log.
final class KeyTable {
    private static final int FIRST_SLOTS = 64;

    private long[] hashes = new long[FIRST_SLOTS];
    private long[] places = new long[FIRST_SLOTS]; // 0: free
    private int size;

    static long hash(String idType, String key) {
        long z = 0x9E3779B97F4A7C15L;
        for (String text : new String[] {idType, key}) {
            for (int i = 0; i < text.length(); i++) {
                z = (z ^ text.charAt(i)) * 0xBF58476D1CE4E5B9L;
                z ^= z >>> 29;
            }
            z = (z ^ 0xFFFF_FFFFL) * 0x94D049BB133111EBL; // a bound that is no character
        }
        return z ^ (z >>> 31);
    }

    /// @param isKey whether a place with that hash holds the wanted key
    /// @return its place, 0 where there is none
    long find(long hash, LongPredicate isKey) {
        int slot = slot(hash, isKey);
        return places[slot];
    }

    /// @param place of the key's newest model
    void put(long hash, long place, LongPredicate isKey) {
        int slot = slot(hash, isKey);
        if (places[slot] == 0) {
            size++;
        }
        hashes[slot] = hash;
        places[slot] = place;
        if (3L * size > 2L * places.length) {
            rebuild(2 * places.length);
        }
    }

    private int slot(long hash, LongPredicate isKey) {
        int mask = places.length - 1;
        int slot = (int) (hash >>> 32) & mask;
        while (places[slot] != 0 && !(hashes[slot] == hash && isKey.test(places[slot]))) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    /// Replaces the place of every key.
    ///
    /// @param newPlace of an old one; 0 takes the key out
    void replace(LongUnaryOperator newPlace) {
        for (int slot = 0; slot < places.length; slot++) {
            if (places[slot] != 0) {
                places[slot] = newPlace.applyAsLong(places[slot]);
            }
        }
        rebuild(places.length);
    }

    private void rebuild(int slots) {
        long[] oldHashes = hashes;
        long[] oldPlaces = places;
        hashes = new long[slots];
        places = new long[slots];
        size = 0;
        for (int i = 0; i < oldPlaces.length; i++) {
            if (oldPlaces[i] != 0) {
                int slot = slot(oldHashes[i], _ -> false);
                hashes[slot] = oldHashes[i];
                places[slot] = oldPlaces[i];
                size++;
            }
        }
    }

    /// @return number of keys
    int size() {
        return size;
    }

    /// @return the places of all keys, ascending
    long[] sortedPlaces() {
        long[] all = new long[size];
        int count = 0;
        for (long place : places) {
            if (place != 0) {
                all[count++] = place;
            }
        }
        Arrays.sort(all);
        return all;
    }
}
