package io.dlrm4j.comm.transport;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Encrypts the frames of one direction of one link, or decrypts them, with AES-256-GCM (NIST SP 800-38D).
///
/// ```
/// nonce    | zero 4 | number of the frame 8 |        in order and without gaps, so it does not travel
/// proved   | the frame's tag 8 |                     travels as it is
/// frame    | encrypted bytes | proof 16 |
/// ```
///
/// A key belongs to one direction of one link of one start of a job, and both sides count its frames from 0: no
/// nonce
/// is used twice under a key, and a frame that is changed, left out, repeated or moved does not prove itself. One
/// thread. The JDK's cipher allocates about two kilobytes a frame.
final class FrameCipher {
    /// By which a frame grows.
    static final int TAG_BYTES = 16;

    private static final int TAG_BITS = 8 * TAG_BYTES;
    private static final int NONCE_BYTES = 12;

    private final Cipher cipher;
    private final SecretKeySpec key;
    private final byte[] nonce = new byte[NONCE_BYTES];
    private final byte[] proved = new byte[Long.BYTES];
    private byte[] in = {};
    private byte[] out = {};
    private MemorySegment plain = MemorySegment.NULL;
    private long number;

    /// @param key 32 bytes, used by nobody else in this direction
    FrameCipher(byte[] key) {
        this.key = new SecretKeySpec(key, "AES");
        try {
            this.cipher = Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES-GCM", e);
        }
    }

    /// Encrypts `length` bytes and writes them and their proof, [#TAG_BYTES] more.
    ///
    /// @param tag of the frame, proved with it
    void encrypt(long tag, MemorySegment from, long offset, int length, MemorySegment to, long toOffset) {
        makeRoom(length + TAG_BYTES);
        MemorySegment.copy(from, JAVA_BYTE, offset, in, 0, length);
        try {
            begin(Cipher.ENCRYPT_MODE, tag);
            int written = cipher.doFinal(in, 0, length, out, 0);
            MemorySegment.copy(out, 0, to, JAVA_BYTE, toOffset, written);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("frame %d cannot be encrypted".formatted(number), e);
        }
    }

    /// Decrypts a frame into [#plain].
    ///
    /// @param length of the frame, proof included
    /// @return whether it proves itself; false: nothing of it may be used, and no further frame of this
    ///     direction will
    boolean decrypt(long tag, MemorySegment from, long offset, int length) {
        if (length < TAG_BYTES) {
            return false;
        }
        makeRoom(length);
        MemorySegment.copy(from, JAVA_BYTE, offset, in, 0, length);
        try {
            begin(Cipher.DECRYPT_MODE, tag);
            int written = cipher.doFinal(in, 0, length, out, 0);
            MemorySegment.copy(out, 0, plain, JAVA_BYTE, 0, written); // all frames come from native memory
            return true;
        } catch (AEADBadTagException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("frame %d cannot be decrypted".formatted(number), e);
        }
    }

    /// @return what was last decrypted, with room for more behind it; valid until the next frame
    MemorySegment plain() {
        return plain;
    }

    private void begin(int mode, long tag) throws GeneralSecurityException {
        ByteBuffer.wrap(nonce).putLong(NONCE_BYTES - Long.BYTES, number++);
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        ByteBuffer.wrap(proved).putLong(0, tag);
        cipher.updateAAD(proved);
    }

    private void makeRoom(int bytes) {
        if (out.length < bytes) {
            in = new byte[bytes];
            out = new byte[bytes];
            plain = Arena.ofAuto().allocate(bytes, Long.BYTES);
        }
    }
}
