package io.dlrm4j.criteo.synthetic;

/// Random bits as a function of what they are for, so that any thread can draw any of them at any time: the output
/// function of SplitMix64 (Steele, Lea and Flood 2014) over a key and a counter.
final class CounterHash {
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;
    private static final double UNIT = 0x1p-53;
    private static final double STEP_16 = 0x1p-16;

    /// Standard deviation of a uniform number in `[-0.5, 0.5)` is `1 / sqrt(12)`.
    private static final double SPREAD = Math.sqrt(12);

    private CounterHash() {}

    /// @return 64 bits for entry `counter` of the sequence `key`
    static long of(long key, long counter) {
        long z = key + (counter + 1) * GOLDEN;
        z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return z ^ (z >>> 31);
    }

    /// @return a number in `[0, 1)`
    static double unit(long bits) {
        return (bits >>> 11) * UNIT;
    }

    /// @return a uniform number of mean 0 and variance 1
    static double centred(long bits) {
        return (unit(bits) - 0.5) * SPREAD;
    }

    /// @return part `i` (0 to 3) of the bits as a uniform number of mean 0 and variance 1
    static double centred(long bits, int i) {
        return (((bits >>> (16 * i)) & 0xFFFF) * STEP_16 + 0.5 * STEP_16 - 0.5) * SPREAD;
    }

    /// @return a number of mean 0 and variance 1, nearly normal: four uniform ones, so at most 3.5 from 0
    static double nearlyNormal(long bits) {
        return 0.5 * (centred(bits, 0) + centred(bits, 1) + centred(bits, 2) + centred(bits, 3));
    }
}
