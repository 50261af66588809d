package io.dlrm4j.mlp;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.core.memory.Floats;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/// Proves that what is copied to every rank is equal to the last bit on every rank.
///
/// Each rank sends a CRC-32C, eight bytes on the wire; the buffers themselves do not travel. Waits for all ranks.
public final class ReplicaCheck {
    private static final long PIECE = 1L << 30; // a ByteBuffer ends at 2 GiB

    private ReplicaCheck() {}

    /// @param communicator the ranks, which all call this at the same place
    /// @param what the buffer's name as printed: `dense weights`
    /// @param when the place as printed: `step 1200`
    /// @throws ReplicaException on every rank, when they differ, naming the ranks outside the majority
    public static void requireEqual(Communicator communicator, String what, String when, Floats data) {
        ByteBuffer mine = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        mine.putLong(hash(data));
        byte[][] all = communicator.gatherBytes(mine.array());
        long[] hashes = new long[all.length];
        for (int rank = 0; rank < all.length; rank++) {
            hashes[rank] =
                    ByteBuffer.wrap(all[rank]).order(ByteOrder.LITTLE_ENDIAN).getLong();
        }
        long usual = majority(hashes);
        List<Integer> different = new ArrayList<>();
        for (int rank = 0; rank < hashes.length; rank++) {
            if (hashes[rank] != usual) {
                different.add(rank);
            }
        }
        if (!different.isEmpty()) {
            throw new ReplicaException(
                    "%s: %s of rank %s differ from those of the other %d ranks; continue from the last checkpoint"
                            .formatted(when, what, join(different), hashes.length - different.size()));
        }
    }

    static long hash(Floats data) {
        CRC32C crc = new CRC32C();
        MemorySegment bytes = data.segment();
        for (long from = 0; from < bytes.byteSize(); from += PIECE) {
            crc.update(bytes.asSlice(from, Math.min(PIECE, bytes.byteSize() - from))
                    .asByteBuffer());
        }
        return crc.getValue();
    }

    /// @return the most frequent hash, the lowest rank's among equally frequent ones
    private static long majority(long[] hashes) {
        long best = hashes[0];
        int bestCount = 0;
        for (long candidate : hashes) {
            int count = 0;
            for (long hash : hashes) {
                count += hash == candidate ? 1 : 0;
            }
            if (count > bestCount) {
                bestCount = count;
                best = candidate;
            }
        }
        return best;
    }

    private static String join(List<Integer> ranks) {
        return String.join(", ", ranks.stream().map(String::valueOf).toList());
    }
}
