package io.dlrm4j.core.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.dlrm4j.core.memory.Floats;

/// Finds how large the k-th largest magnitude of some floats is. Magnitudes are compared by their bits, in which
/// what is no number is larger than infinity: it is always among the largest.
public final class LargestValues {
    private final int[] magnitudes;

    /// @param most floats that are looked at once
    public LargestValues(int most) {
        this.magnitudes = new int[most];
    }

    /// @return the bits of a float without its sign
    public static int magnitude(Floats values, long at) {
        return values.segment().get(JAVA_INT_UNALIGNED, at * Float.BYTES) & ScalarWireKernels.MAGNITUDE;
    }

    /// @return whether `count` floats from `first` on are all finite
    public static boolean areFinite(Floats values, long first, int count) {
        int most = 0;
        for (int i = 0; i < count; i++) {
            most = Math.max(most, magnitude(values, first + i));
        }
        return most < ScalarWireKernels.INFINITY;
    }

    /// @param first float of `values` to look at
    /// @param count floats to look at, at least one
    /// @param k from 1 to `count`
    /// @return bits of the k-th largest magnitude
    public int threshold(Floats values, long first, int count, int k) {
        for (int i = 0; i < count; i++) {
            magnitudes[i] = magnitude(values, first + i);
        }
        int low = 0;
        int high = count - 1;
        int place = k - 1; // in descending order
        while (low < high) {
            int pivot = middle(magnitudes[low], magnitudes[(low + high) >>> 1], magnitudes[high]);
            int i = low;
            int j = high;
            while (i <= j) { // Hoare: equal ones are spread over both sides
                while (magnitudes[i] > pivot) {
                    i++;
                }
                while (magnitudes[j] < pivot) {
                    j--;
                }
                if (i <= j) {
                    int kept = magnitudes[i];
                    magnitudes[i++] = magnitudes[j];
                    magnitudes[j--] = kept;
                }
            }
            if (place <= j) {
                high = j;
            } else if (place >= i) {
                low = i;
            } else {
                return pivot;
            }
        }
        return magnitudes[place];
    }

    private static int middle(int a, int b, int c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
