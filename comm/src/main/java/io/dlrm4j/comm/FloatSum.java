package io.dlrm4j.comm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// Adds one run of floats to another; handed in by whoever has a faster way than a plain loop.
///
/// A call must be the same function on every rank of a job, else copies of a model drift apart. The segments may be
/// parts of a transport's buffer and are aligned to four bytes at best.
@FunctionalInterface
public interface FloatSum {
    /// A plain loop, little-endian floats.
    FloatSum PLAIN = (into, intoByte, from, fromByte, floats) -> {
        for (long i = 0, at = 0; i < floats; i++, at += Float.BYTES) {
            into.set(
                    JAVA_FLOAT_UNALIGNED,
                    intoByte + at,
                    into.get(JAVA_FLOAT_UNALIGNED, intoByte + at) + from.get(JAVA_FLOAT_UNALIGNED, fromByte + at));
        }
    };

    /// Adds `floats` floats of `from` at byte `fromByte` to those of `into` at byte `intoByte`, element by element.
    void add(MemorySegment into, long intoByte, MemorySegment from, long fromByte, long floats);
}
