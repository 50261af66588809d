package io.dlrm4j.launch.config;

import io.dlrm4j.core.config.JobConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// What all ranks of a job must agree on, as one hash for the rendezvous.
///
/// Folders and the memory limit are left out: they may differ between machines without changing a single bit of the
/// result.
public final class ConfigHash {
    private ConfigHash() {}

    /// @return SHA-256 over the printed configuration without folders and memory limit, as 64 hexadecimal digits
    public static String of(JobConfig config) {
        JobConfig.Builder agreed = config.toBuilder();
        agreed.getDataBuilder().clearPath();
        agreed.getTrainBuilder().clearOutput().clearMemoryLimitMib();
        agreed.getCheckpointBuilder().clearPath();
        byte[] text = ConfigYaml.print(agreed.build()).getBytes(StandardCharsets.UTF_8);
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
