package io.dlrm4j.core.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import io.dlrm4j.core.memory.Floats;
import java.lang.foreign.MemorySegment;

/// The weights a model starts with, drawn from the reference implementation's distributions:
///
/// ```
/// table of n rows     uniform in (-sqrt(1/n), sqrt(1/n))
/// weight [out, in]    normal, mean 0, standard deviation sqrt(2 / (in + out))
/// bias [out]          normal, mean 0, standard deviation sqrt(1 / out)
/// ```
///
/// Every value is a function of the seed, the parameter, and its place in the *whole* parameter: a hash of a counter
/// (Steele, Lea and Flood 2014, SplitMix64), not the next number of a sequence. So any shard on any rank can write its
/// own rows, in any order, and all of them together are the same model. The numbers themselves differ from the
/// reference's, which come from NumPy's generator.
///
/// Immutable; any thread.
///
/// @param seed chooses the model
public record InitialWeights(long seed) {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final long TABLE_STREAMS = 0x7461626C65L; // "table": keeps their keys apart from those of names
    private static final float SIGNED_24_BITS = 0x1p-23f;
    private static final double UNSIGNED_53_BITS = 0x1p-53;
    /// Values are made in an array, which code that is not compiled yet fills many times faster than a segment.
    private static final int BLOCK = 1 << 14;

    /// Writes `count` rows of a table from global row `firstRow` on.
    ///
    /// @param table number of the table
    /// @param tableRows rows of the whole table, on all ranks
    /// @param firstRow first row to write
    /// @param count number of rows to write
    /// @param dim width of a row
    /// @param out receives the rows, `[count, dim]`
    public void rows(int table, long tableRows, long firstRow, long count, int dim, Floats out) {
        if (firstRow < 0 || count < 0 || firstRow > tableRows - count) {
            throw new IllegalArgumentException("table %d: rows %d to %d, want within 0 to %d"
                    .formatted(table, firstRow, firstRow + count, tableRows));
        }
        float bound = (float) Math.sqrt(1.0 / tableRows);
        long key = key(mix(TABLE_STREAMS) + table);
        long floats = Math.multiplyExact(count, dim);
        float[] block = new float[(int) Math.min(BLOCK, floats)];
        for (long done = 0; done < floats; done += BLOCK) {
            int size = (int) Math.min(BLOCK, floats - done);
            uniform(key, firstRow * dim + done, bound, block, size);
            copy(block, size, out, done);
        }
    }

    private static void uniform(long key, long first, float bound, float[] out, int count) {
        float unit = bound * SIGNED_24_BITS;
        long counter = key + first * GOLDEN_GAMMA;
        for (int i = 0; i < count; i++) {
            // the upper 24 bits as a signed number, moved by one half: symmetric about 0, never 0, exact in a float
            float centred = (mix(counter + i * GOLDEN_GAMMA) >> 40) + 0.5f;
            out[i] = centred * unit;
        }
    }

    private static void copy(float[] block, int size, Floats out, long at) {
        MemorySegment.copy(block, 0, out.segment(), JAVA_FLOAT_UNALIGNED, at * Float.BYTES, size);
    }

    /// Writes all weights and biases of both MLPs.
    ///
    /// @param shape the model
    /// @param flat receives them in the order of [DlrmShape#denseParameters], `[P]`
    public void dense(DlrmShape shape, Floats flat) {
        for (Parameter parameter : shape.denseParameters()) {
            long out = parameter.shape().getFirst();
            double variance =
                    parameter.shape().size() == 2 ? 2.0 / (parameter.shape().get(1) + out) : 1.0 / out;
            long key = key(hash(parameter.name()));
            double deviation = Math.sqrt(variance);
            float[] block = new float[(int) Math.min(BLOCK, parameter.count())];
            for (long done = 0; done < parameter.count(); done += BLOCK) {
                int size = (int) Math.min(BLOCK, parameter.count() - done);
                normal(key, done, deviation, block, size);
                copy(block, size, flat, parameter.offset() + done);
            }
        }
    }

    private static void normal(long key, long first, double deviation, float[] out, int count) {
        for (int i = 0; i < count; i++) {
            out[i] = (float) (deviation * normal(key, first + i));
        }
    }

    /// Box and Muller 1958, one of the two values. `StrictMath`, so that every machine starts from the same bits.
    private static double normal(long key, long place) {
        long first = mix(key + 2 * place * GOLDEN_GAMMA);
        long second = mix(key + (2 * place + 1) * GOLDEN_GAMMA);
        double radius = ((first >>> 11) + 1) * UNSIGNED_53_BITS; // in (0, 1], so its logarithm is finite
        double turn = (second >>> 11) * UNSIGNED_53_BITS;
        return Math.sqrt(-2 * StrictMath.log(radius)) * StrictMath.cos(2 * Math.PI * turn);
    }

    private long key(long stream) {
        return mix(mix(seed) + stream);
    }

    private static long hash(String name) {
        long hash = 0;
        for (int i = 0; i < name.length(); i++) {
            hash = mix(hash + name.charAt(i));
        }
        return hash;
    }

    private static long mix(long value) {
        long bits = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        bits = (bits ^ (bits >>> 27)) * 0x94D049BB133111EBL;
        return bits ^ (bits >>> 31);
    }
}
