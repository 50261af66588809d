package io.dlrm4j.comm.collective;

/// The eight bytes that travel with every frame and say where it belongs.
///
/// ```
///  63      56 55            32 31                            0
/// +----------+----------------+-------------------------------+
/// |   kind   |   operation    |             slice             |
/// +----------+----------------+-------------------------------+
/// ```
///
/// `operation` counts the operations of a lane modulo 2^24, `slice` the frames of one operation between two ranks.
/// Both sides count for themselves, so a tag that differs from the expected one proves that the ranks disagree.
/// Two slice numbers are words: [#PLACE] and [#DONE].
final class FrameTag {
    /// Instead of bytes the frame says where they lie in shared memory ([Notice]).
    static final int PLACE = -1;
    /// The sender needs the receiver's memory no more.
    static final int DONE = -2;

    private static final int OPERATION_MASK = 0xff_ffff;

    private FrameTag() {}

    static long of(Kind kind, int operation, int slice) {
        return ((long) kind.code << 56) | ((long) (operation & OPERATION_MASK) << 32) | (slice & 0xffff_ffffL);
    }

    /// @return the tag as a sentence's object: `all-to-all 17 slice 3`
    static String describe(long tag) {
        return "%s %d %s"
                .formatted(Kind.describe((int) (tag >>> 56)), (int) (tag >>> 32) & OPERATION_MASK, word((int) tag));
    }

    private static String word(int slice) {
        return switch (slice) {
            case PLACE -> "place";
            case DONE -> "done";
            default -> "slice " + slice;
        };
    }

    /// Checks a received frame against what `op` expects next from `peer`.
    ///
    /// @param left bytes that `op` still expects in this part
    /// @return what is wrong, naming both sides; empty if nothing
    static String complaint(Operation op, int rank, int peer, int slice, long tag, int length, long left) {
        if (tag != of(op.kind, op.number, slice)) {
            return ("rank %d is in %s %s, rank %d sent %s; "
                            + "every rank must start the same operations in the same order on a lane")
                    .formatted(rank, op, word(slice), peer, describe(tag));
        }
        return length <= left ? "" : otherSize(op, rank, peer, length, left);
    }

    /// @return the complaint about a part of another size than `expected`
    static String otherSize(Operation op, int rank, int peer, long sent, long expected) {
        return "rank %d is in %s and expects %d bytes more from rank %d, which sent %d; the ranks disagree about sizes"
                .formatted(rank, op, expected, peer, sent);
    }

    /// @return the complaint about a place that means nothing here
    static String unreachable(Operation op, int rank, int peer) {
        return "rank %d cannot reach the memory of rank %d in %s; ranks of one host must share /dev/shm"
                .formatted(rank, peer, op);
    }
}
