package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.comm.Communicator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/// Has every rank do its part and makes the failure of one the same sentence on all.
///
/// @param communicator the ranks
/// @param folder named in messages
record Agreement(Communicator communicator, Path folder) {
    static final byte[] NOTHING = {};

    /// The first byte of what a rank sends.
    private static final char DONE = 0;

    private static final char FAILED = 1;
    private static final char BEYOND_REPAIR = 2;

    /// What one rank does before all agree.
    @FunctionalInterface
    interface Part {
        /// @return what every rank will know
        byte[] run() throws IOException;
    }

    /// Runs this rank's part and waits until every rank has run its own.
    ///
    /// @return the answers in rank order
    /// @throws CheckpointException on every rank, when a rank fails
    byte[][] all(Part part) {
        return exchange(attempt(part));
    }

    /// Runs a part on rank 0 alone.
    ///
    /// @return its answer
    byte[] first(Part part) {
        return all(() -> communicator.rank() == 0 ? part.run() : NOTHING)[0];
    }

    /// Runs a part on any thread, without the other ranks.
    ///
    /// @return its answer or its failure, for [#exchange]
    byte[] attempt(Part part) {
        try {
            byte[] answer = part.run();
            byte[] mine = new byte[answer.length + 1];
            System.arraycopy(answer, 0, mine, 1, answer.length);
            return mine;
        } catch (CheckpointException e) {
            return failure(e.isBeyondRepair() ? BEYOND_REPAIR : FAILED, String.valueOf(e.getMessage()));
        } catch (IOException | UncheckedIOException e) {
            return failure(
                    FAILED,
                    "rank %d: %s: %s; checkpoint.path must be a folder that all ranks share and may write to"
                            .formatted(communicator.rank(), folder, e));
        }
    }

    /// Waits until every rank has come here with what it attempted.
    ///
    /// @return the answers in rank order
    /// @throws CheckpointException on every rank, when a rank failed
    byte[][] exchange(byte[] mine) {
        byte[][] all = communicator.gatherBytes(mine);
        for (int rank = 0; rank < all.length; rank++) {
            if (all[rank][0] != DONE) {
                String message = new String(all[rank], 1, all[rank].length - 1, StandardCharsets.UTF_8);
                throw all[rank][0] == BEYOND_REPAIR
                        ? CheckpointException.beyondRepair(message)
                        : new CheckpointException(message);
            }
            all[rank] = Arrays.copyOfRange(all[rank], 1, all[rank].length);
        }
        return all;
    }

    private static byte[] failure(char kind, String message) {
        return (kind + message).getBytes(StandardCharsets.UTF_8);
    }
}
