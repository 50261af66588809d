package io.dlrm4j.core.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.NE;

import io.dlrm4j.core.memory.Floats;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The dense kernels with the Vector API, for vectors of any width. Rows that are no multiple of the vector end in a
/// masked step, flat buffers in a plain loop.
public final class VectorDenseKernels implements DenseKernels {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final FloatVector ZERO = FloatVector.zero(SPECIES);

    /// Inner products take eight lanes on every processor and fold them by hand: `reduceLanes` leaves the order open,
    /// so that interpreted and compiled code, and with them two runs, could differ in the last bit.
    private static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;

    private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(EIGHT, 4, 1, true);
    private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(EIGHT, 2, 1, true);
    private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(EIGHT, 1, 1, true);

    @Override
    public String description() {
        return "vectors of %d bits".formatted(VectorSupport.bits());
    }

    @Override
    public void addBiasRelu(Floats values, Floats bias, int n) {
        MemorySegment x = values.segment();
        MemorySegment b = bias.segment();
        int out = (int) bias.length();
        int whole = SPECIES.loopBound(out);
        VectorMask<Float> rest = SPECIES.indexInRange(whole, out);
        for (int s = 0; s < n; s++) {
            long row = (long) s * out;
            for (int c = 0; c < whole; c += LANES) {
                store(load(x, row + c).add(load(b, c)).max(0f), x, row + c);
            }
            if (whole < out) {
                load(x, row + whole, rest)
                        .add(load(b, whole, rest))
                        .max(0f)
                        .intoMemorySegment(x, 4 * (row + whole), ORDER, rest);
            }
        }
    }

    @Override
    public void reluBackward(Floats gradient, Floats output, Floats biasGradient, int n) {
        MemorySegment g = gradient.segment();
        MemorySegment y = output.segment();
        MemorySegment db = biasGradient.segment();
        int out = (int) biasGradient.length();
        int whole = SPECIES.loopBound(out);
        VectorMask<Float> rest = SPECIES.indexInRange(whole, out);
        for (int s = 0; s < n; s++) {
            long row = (long) s * out;
            for (int c = 0; c < whole; c += LANES) {
                FloatVector d = load(g, row + c).blend(0f, load(y, row + c).compare(LE, 0f));
                store(d, g, row + c);
                store(load(db, c).add(d), db, c);
            }
            if (whole < out) {
                FloatVector d = load(g, row + whole, rest)
                        .blend(0f, load(y, row + whole, rest).compare(LE, 0f));
                d.intoMemorySegment(g, 4 * (row + whole), ORDER, rest);
                load(db, whole, rest).add(d).intoMemorySegment(db, 4L * whole, ORDER, rest);
            }
        }
    }

    @Override
    public void logitForward(Floats input, Floats weight, Floats bias, Floats logits, int n) {
        MemorySegment x = input.segment();
        MemorySegment w = weight.segment();
        float b = bias.get(0);
        int in = (int) weight.length();
        for (int s = 0; s < n; s++) {
            logits.set(s, dot(x, (long) s * in, w) + b);
        }
    }

    @Override
    public void logitBackward(
            Floats input, Floats weight, Floats dLogits, Floats dInput, Floats dWeight, Floats dBias, int n) {
        MemorySegment x = input.segment();
        MemorySegment w = weight.segment();
        MemorySegment dx = dInput.segment();
        MemorySegment dw = dWeight.segment();
        float biasSum = dBias.get(0);
        int in = (int) weight.length();
        int whole = SPECIES.loopBound(in);
        VectorMask<Float> rest = SPECIES.indexInRange(whole, in);
        for (int s = 0; s < n; s++) {
            long row = (long) s * in;
            float d = dLogits.get(s);
            biasSum += d;
            for (int c = 0; c < whole; c += LANES) {
                store(load(w, c).mul(d), dx, row + c);
                store(load(dw, c).add(load(x, row + c).mul(d)), dw, c);
            }
            if (whole < in) {
                load(w, whole, rest).mul(d).intoMemorySegment(dx, 4 * (row + whole), ORDER, rest);
                load(dw, whole, rest)
                        .add(load(x, row + whole, rest).mul(d))
                        .intoMemorySegment(dw, 4L * whole, ORDER, rest);
            }
        }
        dBias.set(0, biasSum);
    }

    @Override
    public DotInteraction dotInteraction(int tables, int dim, boolean itself) {
        return new VectorDotInteraction(tables, dim, itself);
    }

    @Override
    public boolean sgd(Floats weights, Floats gradients, float rate) {
        MemorySegment w = weights.segment();
        MemorySegment g = gradients.segment();
        long length = weights.length();
        long whole = SPECIES.loopBound(length);
        FloatVector proof = FloatVector.zero(SPECIES); // stays 0 while what is written is finite, else becomes NaN
        for (long at = 0; at < whole; at += LANES) {
            FloatVector moved = load(w, at).sub(load(g, at).mul(rate));
            store(moved, w, at);
            proof = moved.fma(ZERO, proof);
        }
        boolean finite = !proof.compare(NE, 0f).anyTrue();
        for (long at = whole; at < length; at++) {
            finite &= ScalarDenseKernels.sgd(weights, gradients, rate, at);
        }
        return finite;
    }

    @Override
    public boolean adagrad(Floats weights, Floats gradients, Floats state, float rate, float eps) {
        MemorySegment w = weights.segment();
        MemorySegment g = gradients.segment();
        MemorySegment a = state.segment();
        long length = weights.length();
        long whole = SPECIES.loopBound(length);
        FloatVector proof = FloatVector.zero(SPECIES);
        for (long at = 0; at < whole; at += LANES) {
            FloatVector d = load(g, at);
            FloatVector sum = load(a, at).add(d.mul(d));
            store(sum, a, at);
            FloatVector moved = load(w, at).sub(d.mul(rate).div(sum.sqrt().add(eps)));
            store(moved, w, at);
            proof = sum.fma(ZERO, moved.fma(ZERO, proof));
        }
        boolean finite = !proof.compare(NE, 0f).anyTrue();
        for (long at = whole; at < length; at++) {
            finite &= ScalarDenseKernels.adagrad(weights, gradients, state, rate, eps, at);
        }
        return finite;
    }

    @Override
    public boolean areFinite(Floats values) {
        MemorySegment x = values.segment();
        long length = values.length();
        long whole = SPECIES.loopBound(length);
        FloatVector proof = FloatVector.zero(SPECIES);
        for (long at = 0; at < whole; at += LANES) {
            proof = load(x, at).fma(ZERO, proof);
        }
        boolean finite = !proof.compare(NE, 0f).anyTrue();
        for (long at = whole; at < length; at++) {
            finite &= Float.isFinite(values.get(at));
        }
        return finite;
    }

    @Override
    public void add(MemorySegment into, long intoByte, MemorySegment from, long fromByte, long floats) {
        long whole = (long) Float.BYTES * SPECIES.loopBound(floats);
        for (long at = 0; at < whole; at += SPECIES.vectorByteSize()) {
            FloatVector.fromMemorySegment(SPECIES, into, intoByte + at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, from, fromByte + at, ORDER))
                    .intoMemorySegment(into, intoByte + at, ORDER);
        }
        for (long at = whole; at < Float.BYTES * floats; at += Float.BYTES) {
            float sum = into.get(JAVA_FLOAT_UNALIGNED, intoByte + at) + from.get(JAVA_FLOAT_UNALIGNED, fromByte + at);
            into.set(JAVA_FLOAT_UNALIGNED, intoByte + at, sum);
        }
    }

    /// @return the inner product of `x` from `at` on and all of `w`, summed in the same order on every processor
    private static float dot(MemorySegment x, long at, MemorySegment w) {
        int in = (int) (w.byteSize() / Float.BYTES);
        int whole = EIGHT.loopBound(in);
        FloatVector sum = FloatVector.zero(EIGHT);
        for (int c = 0; c < whole; c += EIGHT.length()) {
            sum = FloatVector.fromMemorySegment(EIGHT, x, 4 * (at + c), ORDER)
                    .fma(FloatVector.fromMemorySegment(EIGHT, w, 4L * c, ORDER), sum);
        }
        FloatVector by4 = sum.add(sum.rearrange(BY_4));
        FloatVector by2 = by4.add(by4.rearrange(BY_2));
        float total = by2.add(by2.rearrange(BY_1)).lane(0);
        for (int c = whole; c < in; c++) {
            total += x.get(JAVA_FLOAT_UNALIGNED, 4 * (at + c)) * w.get(JAVA_FLOAT_UNALIGNED, 4L * c);
        }
        return total;
    }

    private static FloatVector load(MemorySegment from, long index) {
        return FloatVector.fromMemorySegment(SPECIES, from, 4 * index, ORDER);
    }

    private static FloatVector load(MemorySegment from, long index, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(SPECIES, from, 4 * index, ORDER, mask);
    }

    private static void store(FloatVector value, MemorySegment to, long index) {
        value.intoMemorySegment(to, 4 * index, ORDER);
    }
}
