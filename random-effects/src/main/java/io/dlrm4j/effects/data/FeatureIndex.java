package io.dlrm4j.effects.data;

import java.util.Arrays;

/// Gives each feature, a name and a term, a number: 0, 1, 2 in the order in which they were added.
///
/// The intercept has the number [#INTERCEPT] and is not counted. Looking up allocates nothing. One thread at a time
/// while features are added; any number while they are only looked up. Names and terms of features that a thread has
/// seen added may be asked for while another adds more.
public final class FeatureIndex {
    /// The number of the intercept, below that of every feature, so that it comes first in sorted order.
    public static final int INTERCEPT = -1;

    /// What [#indexOf] answers for a feature that was never added.
    public static final int ABSENT = -2;

    /// The name of the intercept in GDMix's and Photon's files; its term is empty.
    public static final String INTERCEPT_NAME = "(INTERCEPT)";

    private static final int FIRST_ROOM = 16;

    private String[] names = new String[FIRST_ROOM];
    private String[] terms = new String[FIRST_ROOM];
    private int[] slots = new int[2 * FIRST_ROOM]; // index + 1; 0 is free; open addressing, at most half full
    private int size;

    /// Finds a feature, or adds it behind the others.
    ///
    /// @return its number; [#INTERCEPT] for the intercept's name with an empty term
    public int add(String name, String term) {
        int found = indexOf(name, term);
        if (found != ABSENT) {
            return found;
        }
        if (size == names.length) {
            grow();
        }
        names[size] = name;
        terms[size] = term;
        slots[freeSlot(name, term)] = size + 1;
        return size++;
    }

    /// Finds a feature.
    ///
    /// @return its number, [#INTERCEPT] for the intercept, or [#ABSENT]
    public int indexOf(String name, String term) {
        if (term.isEmpty() && name.equals(INTERCEPT_NAME)) {
            return INTERCEPT;
        }
        int mask = slots.length - 1;
        for (int slot = hash(name, term) & mask; slots[slot] != 0; slot = (slot + 1) & mask) {
            int index = slots[slot] - 1;
            if (names[index].equals(name) && terms[index].equals(term)) {
                return index;
            }
        }
        return ABSENT;
    }

    /// @return number of features, without the intercept
    public int size() {
        return size;
    }

    /// @param index a feature's number, or [#INTERCEPT]
    /// @return its name
    public String name(int index) {
        return index == INTERCEPT ? INTERCEPT_NAME : names[checked(index)];
    }

    /// @param index a feature's number, or [#INTERCEPT]
    /// @return its term, often empty
    public String term(int index) {
        return index == INTERCEPT ? "" : terms[checked(index)];
    }

    private int checked(int index) {
        if (index < 0 || index >= size) {
            throw new IllegalArgumentException("feature %d, want 0 to %d".formatted(index, size - 1));
        }
        return index;
    }

    private void grow() {
        names = Arrays.copyOf(names, 2 * size);
        terms = Arrays.copyOf(terms, 2 * size);
        slots = new int[4 * size];
        for (int index = 0; index < size; index++) {
            slots[freeSlot(names[index], terms[index])] = index + 1;
        }
    }

    private int freeSlot(String name, String term) {
        int mask = slots.length - 1;
        int slot = hash(name, term) & mask;
        while (slots[slot] != 0) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private static int hash(String name, String term) {
        int mixed = (31 * name.hashCode() + term.hashCode()) * 0x9E3779B9; // spreads the neighbours that ids often are
        return mixed ^ (mixed >>> 16);
    }
}
