package io.dlrm4j.comm;

import io.dlrm4j.comm.rendezvous.Token;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/// How one rank finds the others.
///
/// @param rank this rank, 0 to `size - 1`
/// @param size number of ranks, 1 to 256
/// @param host where rank 0 listens; every rank connects to it
/// @param port where rank 0 listens
/// @param token the job's secret
/// @param aeronDirectory directory of this host's media driver ([HostDriver])
/// @param transport what may carry bytes
/// @param ownAddress address at which other hosts reach this one; needed where bytes may travel by UDP
/// @param joinTimeout time in which all ranks must have joined
/// @param progressTimeout silence of an operation after which it fails
/// @param silence of a rank's lifeline after which it is lost, whole seconds; 6 or more, so that a pause of 5 s
///     is ridden out
/// @param termLength length of one Aeron term in bytes, a power of two from 64 KiB to 64 MiB
/// @param encrypt whether what travels by UDP is encrypted
public record WorldConfig(
        int rank,
        int size,
        String host,
        int port,
        Token token,
        Path aeronDirectory,
        Transport transport,
        String ownAddress,
        Duration joinTimeout,
        Duration progressTimeout,
        Duration silence,
        int termLength,
        boolean encrypt) {
    /// The shortest [#silence].
    public static final Duration LEAST_SILENCE = Duration.ofSeconds(6);

    /// What may carry bytes.
    public enum Transport {
        /// Shared memory between ranks of one media driver, UDP between others.
        AUTO,
        /// Shared memory alone; ranks of other hosts are refused.
        IPC,
        /// UDP alone, also between ranks of one host; for tests and measurements.
        UDP
    }

    private static final Duration SILENCE = Duration.ofSeconds(10);
    private static final int MAX_RANKS = 256; // eight bits each in a stream number
    private static final int LEAST_TERM = 64 << 10;
    private static final int LARGEST_TERM = 64 << 20;

    public WorldConfig {
        check(size >= 1 && size <= MAX_RANKS, "size", size, "1 to " + MAX_RANKS);
        check(rank >= 0 && rank < size, "rank", rank, "0 to " + (size - 1));
        check(port >= 1 && port <= 65_535, "port", port, "1 to 65535");
        check(!host.isBlank(), "host", host, "a name or an address");
        check(!ownAddress.isBlank(), "address", ownAddress, "a name or an address of this host");
        check(
                termLength >= LEAST_TERM && termLength <= LARGEST_TERM && Integer.bitCount(termLength) == 1,
                "term length",
                termLength,
                "a power of two from 65536 to 67108864");
        check(joinTimeout.isPositive(), "join timeout", joinTimeout, "more than none");
        check(progressTimeout.isPositive(), "progress timeout", progressTimeout, "more than none");
        check(silence.compareTo(LEAST_SILENCE) >= 0, "silence", silence, LEAST_SILENCE + " or more");
    }

    private static void check(boolean holds, String what, Object value, String want) {
        if (!holds) {
            throw new IllegalArgumentException("world: %s=%s, want %s".formatted(what, value, want));
        }
    }

    /// Reads the names that torchrun sets (RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT) and this project's own:
    /// DLRM_TOKEN_FILE, DLRM_AERON_DIR, DLRM_TRANSPORT (auto, ipc, udp) and DLRM_ADDRESS, the last two optional.
    /// A rank is lost after 10 s of silence.
    ///
    /// @param environment the variables by name
    /// @throws IOException when the token cannot be read
    /// @throws IllegalArgumentException when a variable is missing or is no number
    public static WorldConfig fromEnvironment(
            Map<String, String> environment, Duration joinTimeout, Duration progressTimeout, int termLength)
            throws IOException {
        String host = text(environment, "MASTER_ADDR");
        return new WorldConfig(
                number(environment, "RANK"),
                number(environment, "WORLD_SIZE"),
                host,
                number(environment, "MASTER_PORT"),
                Token.read(Path.of(text(environment, "DLRM_TOKEN_FILE"))),
                Path.of(text(environment, "DLRM_AERON_DIR")),
                transport(environment.getOrDefault("DLRM_TRANSPORT", "auto")),
                environment.getOrDefault("DLRM_ADDRESS", "127.0.0.1"),
                joinTimeout,
                progressTimeout,
                SILENCE,
                termLength,
                false);
    }

    /// @param time after which a silent rank is lost
    /// @return the same with that
    public WorldConfig withSilence(Duration time) {
        return with(time, encrypt);
    }

    /// @param on whether what travels by UDP is encrypted
    /// @return the same with that
    public WorldConfig withEncryption(boolean on) {
        return with(silence, on);
    }

    private WorldConfig with(Duration otherSilence, boolean otherEncrypt) {
        return new WorldConfig(
                rank,
                size,
                host,
                port,
                token,
                aeronDirectory,
                transport,
                ownAddress,
                joinTimeout,
                progressTimeout,
                otherSilence,
                termLength,
                otherEncrypt);
    }

    private static Transport transport(String text) {
        return switch (text) {
            case "auto" -> Transport.AUTO;
            case "ipc" -> Transport.IPC;
            case "udp" -> Transport.UDP;
            default ->
                throw new IllegalArgumentException(
                        "environment: DLRM_TRANSPORT=%s, want auto, ipc or udp".formatted(text));
        };
    }

    private static String text(Map<String, String> environment, String name) {
        String value = environment.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException(
                    "environment: %s is not set; start ranks with the launcher".formatted(name));
        }
        return value;
    }

    private static int number(Map<String, String> environment, String name) {
        String value = text(environment, name);
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("environment: %s=%s, want a number".formatted(name, value), e);
        }
    }
}
