package io.dlrm4j.launch.config;

import io.dlrm4j.core.config.JobConfig;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// What all ranks of a job must agree on, as one hash for the rendezvous.
///
/// Folders, the memory limit, what is measured and the number of the card are left out: they may differ between
/// machines without changing the result.
public final class ConfigHash {
    private ConfigHash() {}

    /// The message itself is hashed, not its YAML, so that a rank starts without protobuf's descriptors.
    ///
    /// @param config with every default filled in, as [ConfigBuilder#build] makes it
    /// @return SHA-256 over the serialized configuration without those, as 64 hexadecimal digits
    public static String of(JobConfig config) {
        JobConfig.Builder agreed = config.toBuilder();
        agreed.getDataBuilder().clearPath();
        agreed.getTrainBuilder()
                .clearOutput()
                .clearMemoryLimitMib()
                .clearProfile()
                .clearTrace();
        agreed.getCheckpointBuilder().clearPath();
        agreed.getCudaBuilder().clearPath().clearDevice().clearCache();
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(agreed.build().toByteArray()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
