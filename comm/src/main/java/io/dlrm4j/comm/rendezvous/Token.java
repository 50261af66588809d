package io.dlrm4j.comm.rendezvous;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The secret of one job: who has it may join.
public final class Token {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int LEAST_BYTES = 16;
    private static final int MOST_CHARACTERS = 4_096;
    private static final Set<PosixFilePermission> OWNER =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private final byte[] secret;

    private Token(byte[] secret) {
        this.secret = secret;
    }

    /// @return a token of 32 random bytes
    public static Token random() {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        return new Token(secret);
    }

    /// Reads a token as [#write] wrote it.
    ///
    /// @throws IOException when the file cannot be read, others may read or write it, or it is no token; the
    ///     message says what to do
    public static Token read(Path file) throws IOException {
        requireOwn(file);
        String text = text(file);
        try {
            byte[] secret = HexFormat.of().parseHex(text);
            if (secret.length >= LEAST_BYTES) {
                return new Token(secret);
            }
        } catch (IllegalArgumentException e) {
            throw new IOException("token file %s: want hexadecimal digits alone".formatted(file), e);
        }
        throw new IOException("token file %s: length=%d hexadecimal digits, want %d or more"
                .formatted(file, text.length(), 2 * LEAST_BYTES));
    }

    /// A secret that others can read is none, and one that they can write is theirs.
    private static void requireOwn(Path file) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (view == null) {
            return; // a file system without modes
        }
        try {
            Set<PosixFilePermission> mode = view.readAttributes().permissions();
            if (!OWNER.containsAll(mode)) {
                throw new IOException("token file %s: mode %s, want rw------- and nothing for others: chmod 600 %s"
                        .formatted(file, PosixFilePermissions.toString(mode), file));
            }
        } catch (NoSuchFileException e) {
            throw new IOException("token file %s: there is none".formatted(file), e);
        }
    }

    private static String text(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_CHARACTERS + 1);
            if (bytes.length > MOST_CHARACTERS) {
                throw new IOException(
                        "token file %s: more than %d bytes, want one token".formatted(file, MOST_CHARACTERS));
            }
            return new String(bytes, StandardCharsets.ISO_8859_1).strip();
        }
    }

    /// Writes the token to a new file that its owner alone can read.
    public void write(Path file) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, HexFormat.of().formatHex(secret) + "\n");
    }

    /// @return HMAC-SHA256 of the parts in a row, keyed by this token
    Mac mac() {
        return mac(secret);
    }

    /// Makes the key of the frames that one rank sends to another on one lane. Every start of a job has a
    /// session of its own, so no key is ever used twice.
    ///
    /// @param session drawn by rank 0 for this start
    /// @return 32 bytes
    public byte[] linkKey(byte[] session, int lane, int from, int to) {
        Mac mac = mac();
        mac.update("dlrm4j link 1".getBytes(StandardCharsets.US_ASCII));
        mac.update(session);
        return mac.doFinal(ByteBuffer.allocate(3 * Integer.BYTES)
                .putInt(lane)
                .putInt(from)
                .putInt(to)
                .array());
    }

    static Mac mac(byte[] key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    @Override
    public String toString() {
        return "token"; // never the secret: configurations are printed
    }
}
