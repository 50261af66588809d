package io.dlrm4j.criteo.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/// Against numbers that NumPy printed.
class NumpyRandomTest {
    @Test
    void theFirstNumbersAreThoseOfTheOriginalProgram() {
        NumpyRandom random = new NumpyRandom(5_489); // the seed of Matsumoto and Nishimura's own first outputs
        assertThat(Integer.toUnsignedLong(random.nextInt())).isEqualTo(3_499_211_612L);
        assertThat(Integer.toUnsignedLong(random.nextInt())).isEqualTo(581_869_302L);
    }

    @Test
    void permutationsAndUniformDrawsAreNumPys() {
        NumpyRandom random = new NumpyRandom(7);
        int[] order = new int[12];
        random.permutation(10, 100, order, 1);
        assertThat(order).containsExactly(0, 108, 105, 100, 102, 101, 109, 107, 103, 106, 104, 0);
        assertThat(random.nextDouble()).isEqualTo(0.07205113335976154);
        assertThat(random.nextDouble()).isEqualTo(0.26843898010187117);
    }

    @Test
    void everySeedOf32BitsIsTaken() {
        int[] order = new int[5];
        new NumpyRandom(4_294_967_295L).permutation(5, 0, order, 0);
        assertThat(order).containsExactly(4, 1, 0, 2, 3);
        assertThatThrownBy(() -> new NumpyRandom(-1)).hasMessage("seed=-1, want 0 to 4294967295");
    }
}
