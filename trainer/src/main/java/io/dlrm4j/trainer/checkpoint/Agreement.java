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
            return failure(String.valueOf(e.getMessage()));
        } catch (IOException | UncheckedIOException e) {
            return failure("rank %d: %s: %s; checkpoint.path must be a folder that all ranks share and may write to"
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
            if (all[rank][0] != 0) {
                throw new CheckpointException(new String(all[rank], 1, all[rank].length - 1, StandardCharsets.UTF_8));
            }
            all[rank] = Arrays.copyOfRange(all[rank], 1, all[rank].length);
        }
        return all;
    }

    private static byte[] failure(String message) {
        return ("\1" + message).getBytes(StandardCharsets.UTF_8);
    }
}
