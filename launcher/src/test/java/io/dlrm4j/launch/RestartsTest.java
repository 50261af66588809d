package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RestartsTest {
    @Test
    void thereAreAsManyAsWereAskedFor() {
        Restarts restarts = new Restarts(2, 4, 4);

        assertThat(restarts.again(true)).isTrue();
        assertThat(restarts.again(false)).isTrue();
        assertThat(restarts.again(true)).isFalse();
        assertThat(restarts.done()).isEqualTo(2);
        assertThat(restarts.workers()).isEqualTo(4);
    }

    @Test
    void anAttemptThatGotNoFurtherCostsAWorkerDownToTheFewest() {
        Restarts restarts = new Restarts(10, 4, 2);
        int[] workers = new int[5];
        boolean[] progressed = {true, false, true, false, false};
        for (int attempt = 0; attempt < workers.length; attempt++) {
            assertThat(restarts.again(progressed[attempt])).isTrue();
            workers[attempt] = restarts.workers();
        }

        assertThat(workers).containsExactly(4, 3, 3, 2, 2);
    }
}
