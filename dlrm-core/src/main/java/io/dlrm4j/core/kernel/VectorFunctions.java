package io.dlrm4j.core.kernel;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// Exponential and logarithm of vectors, exact to some units in the last place. Those of the Vector API differ between
/// interpreted and compiled code.
final class VectorFunctions {
    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;

    static final double LEAST = -708; // e^-708 is the last power of 2 that is not subnormal
    private static final double LOG2_E = 1.4426950408889634;
    private static final double LN2 = 0.6931471805599453;
    private static final double LN2_HIGH = 0.6931471803691238; // its last 20 bits are 0: k times it is exact
    private static final double LN2_LOW = 1.9082149292705877e-10;
    private static final double ROUND = 0x1.8p52; // adding it leaves the rounded integer in the last bits

    private VectorFunctions() {}

    /// `e^t` for t from [#LEAST] to 0: `2^k e^r` with `|r| <= ln 2 / 2`, the second by its Taylor series up to `r^13`.
    static DoubleVector exp(DoubleVector t) {
        DoubleVector shifted = t.fma(of(LOG2_E), of(ROUND));
        DoubleVector k = shifted.sub(ROUND);
        DoubleVector r = k.fma(of(-LN2_HIGH), t);
        r = k.fma(of(-LN2_LOW), r);
        // in pairs, so that few products wait for each other (Estrin)
        DoubleVector r2 = r.mul(r);
        DoubleVector r4 = r2.mul(r2);
        DoubleVector a = r.add(1.0);
        DoubleVector b = r.fma(of(1 / 6.0), of(1 / 2.0));
        DoubleVector c = r.fma(of(1 / 120.0), of(1 / 24.0));
        DoubleVector d = r.fma(of(1 / 5_040.0), of(1 / 720.0));
        DoubleVector e = r.fma(of(1 / 362_880.0), of(1 / 40_320.0));
        DoubleVector f = r.fma(of(1 / 39_916_800.0), of(1 / 3_628_800.0));
        DoubleVector g = r.fma(of(1 / 6_227_020_800.0), of(1 / 479_001_600.0));
        DoubleVector low = d.fma(r2, c).fma(r4, b.fma(r2, a));
        DoubleVector high = g.fma(r4, f.fma(r2, e));
        DoubleVector sum = high.fma(r4.mul(r4), low);
        LongVector exponent = shifted.reinterpretAsLongs().lanewise(LSHL, 52).add(Double.doubleToRawLongBits(1));
        return sum.mul(exponent.reinterpretAsDoubles());
    }

    /// `log(1 + t)` for t from 0 to 1: of `1 + t`, or half of it where that is nearer to 1, by the series of
    /// `2 artanh(f / (2 + f))`, whose argument is at most 0.172.
    static DoubleVector log1p(DoubleVector t) {
        VectorMask<Double> large = t.compare(GT, Math.sqrt(2) - 1);
        DoubleVector f = t.blend(t.sub(1).mul(0.5), large);
        DoubleVector s = f.div(f.add(2));
        DoubleVector q = s.mul(s);
        DoubleVector q2 = q.mul(q);
        DoubleVector q4 = q2.mul(q2);
        DoubleVector a = q.fma(of(1 / 3.0), of(1.0));
        DoubleVector b = q.fma(of(1 / 7.0), of(1 / 5.0));
        DoubleVector c = q.fma(of(1 / 11.0), of(1 / 9.0));
        DoubleVector d = q.fma(of(1 / 15.0), of(1 / 13.0));
        DoubleVector e = q.fma(of(1 / 19.0), of(1 / 17.0));
        DoubleVector low = d.fma(q2, c).fma(q4, b.fma(q2, a));
        DoubleVector high = q2.fma(of(1 / 21.0), e);
        DoubleVector sum = high.fma(q4.mul(q4), low);
        return s.add(s).mul(sum).add(LN2, large);
    }

    private static DoubleVector of(double value) {
        return DoubleVector.broadcast(SPECIES, value);
    }
}
