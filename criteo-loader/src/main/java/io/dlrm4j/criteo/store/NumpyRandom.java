package io.dlrm4j.criteo.store;

/// The generator behind NumPy's `np.random.seed`: the Mersenne Twister MT19937 (Matsumoto and Nishimura 1998) with the
/// draws of NumPy's legacy `RandomState`, bit for bit, so that shuffles equal those of the reference.
public final class NumpyRandom {
    private static final int STATE = 624;
    private static final int SHIFT = 397;

    private final int[] state = new int[STATE];
    private int position = STATE;

    /// @param seed as given to `np.random.seed`, in `[0, 2^32)`
    public NumpyRandom(long seed) {
        if (seed < 0 || seed > 0xFFFF_FFFFL) {
            throw new IllegalArgumentException("seed=%d, want 0 to 4294967295".formatted(seed));
        }
        int value = (int) seed;
        for (int i = 0; i < STATE; i++) {
            state[i] = value;
            value = 1_812_433_253 * (value ^ (value >>> 30)) + i + 1;
        }
    }

    /// @return the next 32 bits
    public int nextInt() {
        if (position == STATE) {
            refill();
        }
        int y = state[position++];
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9D2C_5680;
        y ^= (y << 15) & 0xEFC6_0000;
        return y ^ (y >>> 18);
    }

    /// @return the next draw of `np.random.uniform()`: a double in `[0, 1)` of 53 bits
    public double nextDouble() {
        int high = nextInt() >>> 5;
        int low = nextInt() >>> 6;
        return (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0;
    }

    /// Writes `np.random.permutation(count) + offset` into `into` from `at` on.
    public void permutation(int count, int offset, int[] into, int at) {
        for (int i = 0; i < count; i++) {
            into[at + i] = offset + i;
        }
        for (int i = count - 1; i > 0; i--) {
            int j = at + nextUpTo(i);
            int swapped = into[at + i];
            into[at + i] = into[j];
            into[j] = swapped;
        }
    }

    /// Masked rejection, as the legacy shuffle draws.
    private int nextUpTo(int max) {
        int mask = -1 >>> Integer.numberOfLeadingZeros(max);
        int value = nextInt() & mask;
        while (value > max) {
            value = nextInt() & mask;
        }
        return value;
    }

    private void refill() {
        for (int i = 0; i < STATE; i++) {
            int y = (state[i] & 0x8000_0000) | (state[(i + 1) % STATE] & 0x7FFF_FFFF);
            state[i] = state[(i + SHIFT) % STATE] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : 0x9908_B0DF);
        }
        position = 0;
    }
}
