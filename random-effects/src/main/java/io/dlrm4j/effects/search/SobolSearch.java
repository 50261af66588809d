package io.dlrm4j.effects.search;

import java.util.SplittableRandom;

/// Random search with Sobol's sequence (Sobol' 1967, direction numbers of Joe and Kuo 2008): points fill the cube
/// evenly however many are taken. A random shift of each coordinate, by the seed, makes runs different.
public final class SobolSearch implements PointSearch {
    /// Most dimensions there are direction numbers for here.
    public static final int DIMENSIONS = 8;

    private static final int BITS = 31;

    /// Degree, polynomial and first numbers of the dimensions from the second on.
    private static final int[][] JOE_KUO = {
        {1, 0, 1},
        {2, 1, 1, 3},
        {3, 1, 1, 3, 1},
        {3, 2, 1, 1, 1},
        {4, 1, 1, 1, 3, 3},
        {4, 4, 1, 3, 5, 13},
        {5, 2, 1, 1, 5, 5, 17}
    };

    private final int[][] directions;
    private final int[] state;
    private final double[] shift;
    private int count;

    /// @param dimensions 1 to [#DIMENSIONS]
    /// @param seed of the shift
    /// @throws IllegalArgumentException for more dimensions
    public SobolSearch(int dimensions, long seed) {
        if (dimensions < 1 || dimensions > DIMENSIONS) {
            throw new IllegalArgumentException("%d dimensions, want 1 to %d".formatted(dimensions, DIMENSIONS));
        }
        directions = new int[dimensions][BITS];
        state = new int[dimensions];
        shift = new double[dimensions];
        SplittableRandom random = new SplittableRandom(seed);
        for (int j = 0; j < dimensions; j++) {
            shift[j] = random.nextDouble();
            fill(directions[j], j);
        }
    }

    @Override
    public double[] next() {
        double[] point = new double[state.length];
        for (int j = 0; j < point.length; j++) {
            double value = state[j] * 0x1p-31 + shift[j];
            point[j] = value - Math.floor(value);
        }
        int changed = Math.min(Integer.numberOfTrailingZeros(~count), BITS - 1); // Gray code: one number a step
        count++;
        for (int j = 0; j < state.length; j++) {
            state[j] ^= directions[j][changed];
        }
        return point;
    }

    /// Even points need no values.
    @Override
    public void observe(double[] point, double value) {}

    private static void fill(int[] into, int dimension) {
        if (dimension == 0) {
            for (int i = 0; i < BITS; i++) {
                into[i] = 1 << (BITS - 1 - i);
            }
            return;
        }
        int[] row = JOE_KUO[dimension - 1];
        int degree = row[0];
        for (int i = 0; i < degree; i++) {
            into[i] = row[2 + i] << (BITS - 1 - i);
        }
        for (int i = degree; i < BITS; i++) {
            into[i] = into[i - degree] ^ (into[i - degree] >>> degree);
            for (int k = 1; k < degree; k++) {
                if (((row[1] >>> (degree - 1 - k)) & 1) == 1) {
                    into[i] ^= into[i - k];
                }
            }
        }
    }
}
