package io.dlrm4j.comm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.comm.WorldConfig.Transport;
import io.dlrm4j.comm.rendezvous.Token;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorldConfigTest {
    private static final Duration JOIN = Duration.ofSeconds(7);
    private static final Duration PROGRESS = Duration.ofSeconds(8);

    @TempDir
    Path folder;

    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void fill() throws IOException {
        Path token = folder.resolve("token");
        Token.random().write(token);
        environment.put("RANK", "2");
        environment.put("LOCAL_RANK", "0");
        environment.put("WORLD_SIZE", "4");
        environment.put("MASTER_ADDR", "10.0.0.1");
        environment.put("MASTER_PORT", "29500");
        environment.put("DLRM_TOKEN_FILE", token.toString());
        environment.put("DLRM_AERON_DIR", "/dev/shm/dlrm-x-1");
    }

    @Test
    void readsTheNamesOfTorchrun() throws IOException {
        WorldConfig config = read();
        assertThat(config.rank()).isEqualTo(2);
        assertThat(config.size()).isEqualTo(4);
        assertThat(config.host()).isEqualTo("10.0.0.1");
        assertThat(config.port()).isEqualTo(29_500);
        assertThat(config.aeronDirectory()).isEqualTo(Path.of("/dev/shm/dlrm-x-1"));
        assertThat(config.transport()).isEqualTo(Transport.AUTO);
        assertThat(config.ownAddress()).isEqualTo("127.0.0.1");
        assertThat(config.joinTimeout()).isEqualTo(JOIN);
        assertThat(config.progressTimeout()).isEqualTo(PROGRESS);
        assertThat(config.silence()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.withSilence(WorldConfig.LEAST_SILENCE).silence()).isEqualTo(Duration.ofSeconds(6));
        assertThatThrownBy(() -> config.withSilence(Duration.ofSeconds(5)))
                .hasMessage("world: silence=PT5S, want PT6S or more");
        assertThat(config.termLength()).isEqualTo(1 << 20);
    }

    @Test
    void readsItsOwnNames() throws IOException {
        environment.put("DLRM_TRANSPORT", "udp");
        environment.put("DLRM_ADDRESS", "10.0.0.3");
        assertThat(read().transport()).isEqualTo(Transport.UDP);
        assertThat(read().ownAddress()).isEqualTo("10.0.0.3");
    }

    @Test
    void neverPrintsTheToken() throws IOException {
        String secret = Files.readString(folder.resolve("token")).strip();
        assertThat(read().toString()).doesNotContain(secret).contains("token=token");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            RANK           | 4       | world: rank=4, want 0 to 3
            RANK           | two     | environment: RANK=two, want a number
            WORLD_SIZE     | 0       | world: size=0, want 1 to 256
            WORLD_SIZE     | 257     | world: size=257, want 1 to 256
            MASTER_PORT    | 0       | world: port=0, want 1 to 65535
            MASTER_ADDR    | ''      | environment: MASTER_ADDR is not set; start ranks with the launcher
            DLRM_TRANSPORT | tcp     | environment: DLRM_TRANSPORT=tcp, want auto, ipc or udp
            """)
    void namesWhatIsWrong(String name, String value, String message) {
        environment.put(name, value);
        assertThatThrownBy(this::read)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void namesATermLengthThatAeronCannotTake() {
        assertThatThrownBy(() -> WorldConfig.fromEnvironment(environment, JOIN, PROGRESS, 100_000))
                .hasMessage("world: term length=100000, want a power of two from 65536 to 67108864");
    }

    @Test
    void namesATokenFileThatIsNone() throws IOException {
        Path file = Files.writeString(folder.resolve("token"), "abcd");
        environment.put("DLRM_TOKEN_FILE", file.toString());
        assertThatThrownBy(this::read)
                .isInstanceOf(IOException.class)
                .hasMessage("token file %s: length=4 hexadecimal digits, want 32 or more", file);
    }

    private WorldConfig read() throws IOException {
        return WorldConfig.fromEnvironment(environment, JOIN, PROGRESS, 1 << 20);
    }
}
