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
final class FrameTag {
    private static final int OPERATION_MASK = 0xff_ffff;

    private FrameTag() {}

    static long of(Kind kind, int operation, int slice) {
        return ((long) kind.code << 56) | ((long) (operation & OPERATION_MASK) << 32) | (slice & 0xffff_ffffL);
    }

    /// @return the tag as a sentence's object: `all-to-all 17 slice 3`
    static String describe(long tag) {
        return "%s %d slice %d"
                .formatted(Kind.describe((int) (tag >>> 56)), (int) (tag >>> 32) & OPERATION_MASK, (int) tag);
    }

    /// Checks a received frame against what `op` expects next from `peer`.
    ///
    /// @param left bytes that `op` still expects in this part
    /// @return what is wrong, naming both sides; empty if nothing
    static String complaint(Operation op, int rank, int peer, int slice, long tag, int length, long left) {
        if (tag != of(op.kind, op.number, slice)) {
            return ("rank %d is in %s slice %d, rank %d sent %s; "
                            + "every rank must start the same operations in the same order on a lane")
                    .formatted(rank, op, slice, peer, describe(tag));
        }
        if (length > left) {
            return ("rank %d is in %s and expects %d bytes more from rank %d, which sent %d; "
                            + "the ranks disagree about sizes")
                    .formatted(rank, op, left, peer, length);
        }
        return "";
    }
}
