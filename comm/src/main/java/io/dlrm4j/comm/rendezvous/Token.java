package io.dlrm4j.comm.rendezvous;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The secret of one job: who has it may join.
public final class Token {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int LEAST_BYTES = 16;

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
    /// @throws IOException when the file cannot be read or is no token
    public static Token read(Path file) throws IOException {
        String text = Files.readString(file).strip();
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

    /// Writes the token to a new file that its owner alone can read.
    public void write(Path file) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, HexFormat.of().formatHex(secret) + "\n");
    }

    /// @return HMAC-SHA256 of the parts in a row, keyed by this token
    Mac mac() {
        return mac(secret);
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
