package io.dlrm4j.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StragglersTest {
    private final Stragglers stragglers = new Stragglers(3);

    /// @return what is said within some windows
    private List<String> said(int windows, double... waited) {
        List<String> said = new ArrayList<>();
        for (int step = 0; step < windows * Stragglers.WINDOW; step++) {
            String sentence = stragglers.step(waited);
            if (!sentence.isEmpty()) {
                said.add(sentence);
            }
        }
        return said;
    }

    @Test
    void theRankThatTheOthersWaitForIsNamedOnceWithTheShares() {
        assertThat(said(3, 0.5, 0.02, 0.7))
                .containsExactly("rank 1 is slow: in 100 of the last 100 steps the others waited for it, for 60 % of "
                        + "the time on average, while it waited for 2 %; look at its host, its disk and what lies on "
                        + "it (--profile)");
        assertThat(said(1, 0.5, 0.7, 0)).hasSize(1).first().asString().startsWith("rank 2 is slow");
    }

    @Test
    void ranksThatAllWaitAccuseNobody() {
        assertThat(said(3, 0.5, 0.4, 0.6)).isEmpty();
        assertThat(said(3, 0, 0.1, 0.1)).isEmpty();
    }

    /// A rank that has little to do waits long, which makes no other rank slow.
    @Test
    void oneRankThatWaitsAccusesNobody() {
        Stragglers four = new Stragglers(4);
        for (int step = 0; step < Stragglers.WINDOW; step++) {
            assertThat(four.step(new double[] {0.1, 0.1, 0.1, 0.7})).isEmpty();
        }
    }

    /// In 60 steps of 100 the others wait for rank 1, in the rest it waits for them.
    @Test
    void ranksThatWaitInTurnsAccuseNobody() {
        for (int step = 0; step < Stragglers.WINDOW; step++) {
            assertThat(stragglers.step(step % 5 < 3 ? new double[] {0.5, 0.1, 0.5} : new double[] {0.1, 0.6, 0.1}))
                    .isEmpty();
        }
    }

    @Test
    void aLongPauseIsOneStep() {
        assertThat(stragglers.step(new double[] {1, 0, 1})).isEmpty();
        assertThat(said(1, 0.2, 0.2, 0.2)).isEmpty();
    }
}
