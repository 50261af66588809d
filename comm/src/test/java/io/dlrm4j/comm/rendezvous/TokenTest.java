package io.dlrm4j.comm.rendezvous;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenTest {
    @TempDir
    Path folder;

    @Test
    void aFileThatOthersMayUseIsRefusedWithTheCure() throws IOException {
        Path file = folder.resolve("token");
        Token.random().write(file);
        for (PosixFilePermission each : PosixFilePermission.values()) {
            Set<PosixFilePermission> mode = EnumSet.of(PosixFilePermission.OWNER_READ, each);
            Files.setPosixFilePermissions(file, mode);
            if (each == PosixFilePermission.OWNER_READ || each == PosixFilePermission.OWNER_WRITE) {
                assertThat(Token.read(file)).isNotNull();
            } else {
                assertThatThrownBy(() -> Token.read(file))
                        .isInstanceOf(IOException.class)
                        .hasMessage(
                                "token file %s: mode %s, want rw------- and nothing for others: chmod 600 %s",
                                file, PosixFilePermissions.toString(mode), file);
            }
        }
    }

    @Test
    void whatIsNoTokenIsRefused() throws IOException {
        Path file = folder.resolve("token");
        assertThatThrownBy(() -> Token.read(file)).hasMessage("token file %s: there is none", file);
        Token.random().write(file);
        Files.writeString(file, "x".repeat(32));
        assertThatThrownBy(() -> Token.read(file)).hasMessage("token file %s: want hexadecimal digits alone", file);
        Files.writeString(file, "ab");
        assertThatThrownBy(() -> Token.read(file))
                .hasMessage("token file %s: length=2 hexadecimal digits, want 32 or more", file);
        Files.writeString(file, "ab".repeat(10_000));
        assertThatThrownBy(() -> Token.read(file))
                .hasMessage("token file %s: more than 4096 bytes, want one token", file);
    }

    @Test
    void neverShowsItsSecret() throws IOException {
        Path file = folder.resolve("token");
        Token token = Token.random();
        token.write(file);
        assertThat(token.toString()).isEqualTo("token");
        assertThat(Files.readString(file).strip()).hasSize(64);
    }

    @Test
    void everyLinkOfEveryStartHasAKeyOfItsOwn() {
        Token token = Token.random();
        Set<String> keys = new HashSet<>();
        for (byte session = 0; session < 2; session++) {
            byte[] start = new byte[32];
            start[0] = session;
            for (int lane = 0; lane < 3; lane++) {
                for (int from = 0; from < 4; from++) {
                    for (int to = 0; to < 4; to++) {
                        byte[] key = token.linkKey(start, lane, from, to);
                        assertThat(key).hasSize(32).isEqualTo(token.linkKey(start, lane, from, to));
                        keys.add(HexFormat.of().formatHex(key));
                    }
                }
            }
        }
        assertThat(keys).hasSize(2 * 3 * 4 * 4);
        assertThat(keys).doesNotContain(HexFormat.of().formatHex(Token.random().linkKey(new byte[32], 0, 0, 1)));
    }
}
