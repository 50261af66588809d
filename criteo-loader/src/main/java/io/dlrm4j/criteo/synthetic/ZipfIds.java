package io.dlrm4j.criteo.synthetic;

/// Ids `0 … rows-1` where id `k` is drawn in proportion to `(k + 1)^-exponent`: a power law, frequent ids first.
///
/// The first 2,048 ids are drawn by Walker's alias method (Walker 1977; Vose 1991), the others by inverting the
/// integral
/// of the density, `∫ x^-exponent`, between half-integers. From id 2,048 on the integral differs from the sum by less
/// than one part in ten million (midpoint rule), so no draw is rejected and one hash is enough. Memory: at most 16 kB,
/// whatever the number of rows.
public final class ZipfIds {
    private static final int HEAD = 2_048;
    private static final long LOW_32 = 0xFFFF_FFFFL;

    private final int rows;
    private final double exponent;
    private final double total;

    /// Alias table: upper 32 bits are the chance to stay, lower 32 bits the other outcome.
    private final long[] alias;

    private final int head;
    private final double tailFrom;
    private final double tailSpan;

    /// @param rows 1 or more
    /// @param exponent 0 (all ids alike) or more
    public ZipfIds(int rows, double exponent) {
        this.rows = rows;
        this.exponent = exponent;
        this.head = Math.min(rows, HEAD);
        boolean tail = rows > head;
        this.tailFrom = tail ? integral(head + 0.5) : 0;
        this.tailSpan = tail ? integral(rows + 0.5) - tailFrom : 0;
        double[] weights = new double[tail ? head + 1 : head];
        double sum = tailSpan;
        for (int k = 0; k < head; k++) {
            weights[k] = StrictMath.pow(k + 1.0, -exponent);
            sum += weights[k];
        }
        if (tail) {
            weights[head] = tailSpan;
        }
        this.total = sum;
        this.alias = aliasTable(weights, sum);
    }

    /// @return number of different ids
    int rows() {
        return rows;
    }

    /// @return the chance of an id
    double probability(int id) {
        return StrictMath.pow(id + 1.0, -exponent) / total;
    }

    /// @param bits 64 random bits
    /// @return the id they stand for, in `[0, rows)`
    public int draw(long bits) {
        long slot = (bits >>> 32) * alias.length;
        long entry = alias[(int) (slot >>> 32)];
        int outcome = (bits & LOW_32) < (entry >>> 32) ? (int) (slot >>> 32) : (int) entry;
        return outcome < head ? outcome : tail(bits);
    }

    /// The bits that chose the tail are not free any more, so they are hashed once more.
    private int tail(long bits) {
        double u = CounterHash.unit(CounterHash.of(bits, 0));
        double rank = inverse(tailFrom + u * tailSpan);
        long id = (long) (rank - 0.5);
        return (int) Math.clamp(id, head, rows - 1L);
    }

    private double integral(double x) {
        double power = 1 - exponent;
        return power == 0 ? StrictMath.log(x) : StrictMath.pow(x, power) / power;
    }

    private double inverse(double area) {
        double power = 1 - exponent;
        return power == 0 ? StrictMath.exp(area) : StrictMath.pow(area * power, 1 / power);
    }

    private static long[] aliasTable(double[] weights, double sum) {
        int n = weights.length;
        double[] scaled = new double[n];
        int[] small = new int[n];
        int[] large = new int[n];
        int smalls = 0;
        int larges = 0;
        for (int i = 0; i < n; i++) {
            scaled[i] = weights[i] * n / sum;
            if (scaled[i] < 1) {
                small[smalls++] = i;
            } else {
                large[larges++] = i;
            }
        }
        long[] table = new long[n];
        while (smalls > 0 && larges > 0) {
            int less = small[--smalls];
            int more = large[larges - 1];
            table[less] = entry(scaled[less], more);
            scaled[more] -= 1 - scaled[less];
            if (scaled[more] < 1) {
                small[smalls++] = large[--larges];
            }
        }
        while (larges > 0) {
            int i = large[--larges];
            table[i] = entry(1, i);
        }
        while (smalls > 0) { // only what rounding left below 1
            int i = small[--smalls];
            table[i] = entry(1, i);
        }
        return table;
    }

    private static long entry(double stay, int other) {
        long chance = Math.min((long) (stay * 0x1p32), LOW_32);
        return chance << 32 | other;
    }
}
