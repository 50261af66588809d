package io.dlrm4j.criteo.text;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Eight characters in one `long`, the first in the lowest byte, read and checked together without a branch for each.
///
/// Sums never carry from one byte into the next unless a byte is refused anyway. The decimal conversion is the usual
/// one of three multiplications (pairs, fours, eights).
final class Digits {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long EACH = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private Digits() {}

    /// @return the eight characters from `at` on
    static long eight(byte[] text, int at) {
        return (long) LONGS.get(text, at);
    }

    /// @return how many of the characters come before the first tab; 8: there is none
    static int untilTab(long chars) {
        long tabIsZero = chars ^ ('\t' * EACH);
        long highBits = (tabIsZero - EACH) & ~tabIsZero & HIGH_BITS;
        return Long.numberOfTrailingZeros(highBits) >>> 3;
    }

    /// @param length how many of the characters count, 0 to 7
    /// @return the number they make, none of them being 0; -1 when one is not a digit
    static int decimal(long chars, int length) {
        // Those after the number fall out at the top, zeros come in before it.
        long digits = ((chars ^ ('0' * EACH)) << (56 - 8 * length)) << 8;
        if ((((digits + 0x76 * EACH) | digits) & HIGH_BITS) != 0) {
            return -1;
        }
        long pairs = ((digits * (1 + (10 << 8))) >>> 8) & 0x00FF_00FF_00FF_00FFL;
        long fours = ((pairs * (1 + (100 << 16))) >>> 16) & 0x0000_FFFF_0000_FFFFL;
        return (int) ((fours * (1 + (10_000L << 32))) >>> 32);
    }

    /// @return whether all eight are hexadecimal digits of either case
    static boolean areHex(long chars) {
        long letters = (chars >>> 6) & EACH;
        long low = chars & (0x0F * EACH);
        long values = low + 9 * letters;
        // The upper half is 3 for a digit, 4 or 6 for a letter; a value is 10 or more just for letters, and below 16.
        long upper = (chars | (letters << 5)) ^ (low + 0x30 * EACH + 0x30 * letters);
        long range = (((values + 6 * EACH) ^ (letters << 4)) | values) & (0x10 * EACH);
        return (upper | range) == 0;
    }

    /// @return the value of eight hexadecimal digits, the first the highest
    static int hex(long chars) {
        long values = (chars & (0x0F * EACH)) + 9 * ((chars >>> 6) & EACH);
        long bytes = ((values << 4) | (values >>> 8)) & 0x00FF_00FF_00FF_00FFL;
        long shorts = ((bytes << 8) | (bytes >>> 16)) & 0x0000_FFFF_0000_FFFFL;
        return (int) ((shorts << 16) | (shorts >>> 32));
    }
}
