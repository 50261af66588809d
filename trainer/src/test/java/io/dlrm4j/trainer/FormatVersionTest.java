package io.dlrm4j.trainer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.trainer.checkpoint.StoredModel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// A checkpoint that two ranks of the program wrote before version 2 of the format: it still loads, to the same bits.
class FormatVersionTest {
    /// Of the arrays, as the program that wrote it read them back.
    private static final Map<String, Integer> HASHES = new TreeMap<>(Map.of(
            "dense", 231015627,
            "dense state", 1987076827,
            "state 0", -1903802989,
            "state 1", -510937825,
            "state 2", 1122100997,
            "state 3", -1830163124,
            "table 0", 1433261154,
            "table 1", -1104054717,
            "table 2", -235958607,
            "table 3", -570583039));

    @Test
    void aCheckpointOfVersionOneLoads() throws Exception {
        Path saved = Path.of(requireNonNull(FormatVersionTest.class.getResource("/checkpoint-version-1"))
                .toURI());
        JobConfig.Builder config = SmallJob.config(OptimizerKind.ADAGRAD);
        config.getCheckpointBuilder().setPath(saved.toString());
        Map<String, Integer> hashes = new TreeMap<>();
        LocalWorld.run(
                1,
                communicator -> SmallJob.weights(config.build(), communicator)
                        .forEach((name, values) -> hashes.put(name, Arrays.hashCode(values))));

        assertThat(hashes).isEqualTo(HASHES);
        try (StoredModel model = StoredModel.open(saved)) {
            assertThat(model.manifest().getFormatVersion()).isEqualTo(1);
        }
    }
}
