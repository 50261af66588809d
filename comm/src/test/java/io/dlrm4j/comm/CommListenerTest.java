package io.dlrm4j.comm;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommListenerTest {
    private static final int FLOATS = 10_000;

    /// Writes down what it is told, without repetitions.
    private static final class Notes implements CommListener {
        private final List<String> notes = new ArrayList<>();

        private void note(String what) {
            if (notes.isEmpty() || !notes.getLast().equals(what)) {
                notes.add(what);
            }
        }

        @Override
        public void entered() {
            note("entered");
        }

        @Override
        public void moved(Lane lane) {
            note("moved " + lane);
        }

        @Override
        public void idled() {
            note("idled");
        }

        @Override
        public void began(Lane lane, long bytes) {
            note("began %s %d".formatted(lane, bytes));
        }

        @Override
        public void ended(Lane lane) {
            note("ended " + lane);
        }

        @Override
        public void gave(Lane lane, long bytes) {
            note("gave %s %d".formatted(lane, bytes));
        }
    }

    @Test
    void hearsEveryOperationInItsOrderAndTheMovesBetween() {
        LocalWorld.run(2, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("test")) {
                Floats first = memory.floats("first", FLOATS);
                Floats second = memory.floats("second", 1);
                Notes notes = new Notes();
                communicator.listen(notes);

                Pending one = communicator.allReduce(Lane.DENSE, first);
                Pending two = communicator.allReduce(Lane.DENSE, second);
                one.await();
                two.await();
                communicator.listen(CommListener.NONE);
                communicator.barrier(Lane.CONTROL).await();

                assertThat(notes.notes)
                        .startsWith("entered", "began DENSE " + FLOATS * Float.BYTES)
                        .filteredOn(note -> !note.startsWith("moved") && !note.startsWith("idled"))
                        .filteredOn(note -> !note.equals("entered"))
                        .containsExactly(
                                "began DENSE " + FLOATS * Float.BYTES,
                                "ended DENSE",
                                "gave DENSE " + FLOATS * Float.BYTES,
                                "began DENSE " + 2 * Float.BYTES, // a small sum receives every rank's part
                                "ended DENSE",
                                "gave DENSE " + Float.BYTES);
                assertThat(notes.notes).contains("moved DENSE").doesNotContain("moved CONTROL");
            }
        });
    }

    @Test
    void hearsThatNothingMovesWhileAnotherRankIsAway() {
        LocalWorld.run(2, communicator -> {
            Notes notes = new Notes();
            communicator.listen(notes);
            if (communicator.rank() == 0) {
                communicator.barrier(Lane.CONTROL).await();
                assertThat(notes.notes).contains("idled");
            } else {
                Thread.sleep(20); // rank 0 has nothing to do meanwhile
                communicator.barrier(Lane.CONTROL).await();
            }
        });
    }
}
