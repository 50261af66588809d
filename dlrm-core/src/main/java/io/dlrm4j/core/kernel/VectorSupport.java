package io.dlrm4j.core.kernel;

import jdk.incubator.vector.FloatVector;

/// Whether this processor has vectors worth using.
final class VectorSupport {
    private static final int LEAST_BITS = 256;

    private VectorSupport() {}

    /// @return bits of the widest float vector
    static int bits() {
        return FloatVector.SPECIES_PREFERRED.vectorBitSize();
    }

    /// @return whether the vector kernels are to be preferred; without the JVM's module for vectors there are none
    static boolean available() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() && bits() >= LEAST_BITS;
    }
}
