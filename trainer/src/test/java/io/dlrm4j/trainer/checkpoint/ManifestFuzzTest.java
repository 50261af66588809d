package io.dlrm4j.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.trainer.manifest.SealedManifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A hundred thousand manifests, damaged by accident and sealed by an enemy: each is read or refused with a sentence,
/// and what is read can be opened without anything but such a sentence.
class ManifestFuzzTest {
    private static final int INPUTS = 100_000;
    private static final Path NAMED = Path.of("manifest.pb");

    @TempDir
    Path folder;

    @Test
    void everyInputIsReadOrRefusedWithASentence() throws IOException {
        byte[] whole = save();
        byte[] inner = SealedManifest.parseFrom(whole).getManifest().toByteArray();
        SplittableRandom random = new SplittableRandom(6);
        int[] outcomes = new int[2];
        for (int input = 0; input < INPUTS; input++) {
            boolean isSealed = input % 2 == 0;
            byte[] bytes = isSealed ? seal(mutate(inner, random)) : mutate(whole, random);
            try {
                ManifestFile.Sealed read = ManifestFile.parse(NAMED, bytes);
                assertThat(read.manifest().getFilesCount()).isPositive();
                assertThat(Compatibility.shape(read.manifest().getShape()).denseParameterCount())
                        .isPositive();
                outcomes[0]++;
            } catch (CheckpointException e) {
                assertThat(e).hasMessageStartingWith("manifest.pb: ");
                outcomes[1]++;
            }
        }
        assertThat(outcomes[0]).as("read").isGreaterThan(100);
        assertThat(outcomes[1]).as("refused").isGreaterThan(INPUTS / 2);
    }

    @Test
    void randomHeadersOfSafetensorsAreReadOrRefusedWithASentence() {
        String json = "{\"emb.0.weight[0:3]\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]},"
                + "\"rows.emb.1\":{\"dtype\":\"I64\",\"shape\":[9],\"data_offsets\":[24,96]}}";
        SplittableRandom random = new SplittableRandom(7);
        for (int input = 0; input < INPUTS / 5; input++) {
            byte[] bytes = mutate(json.getBytes(StandardCharsets.UTF_8), random);
            try {
                TensorEntry.parse(bytes, 96)
                        .values()
                        .forEach(tensor -> assertThat(tensor.to()).isBetween(0L, 96L));
            } catch (IOException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
    }

    private byte[] save() throws IOException {
        JobConfig config = SmallModel.config(OptimizerKind.ADAGRAD).build();
        Path[] saved = new Path[1];
        LocalWorld.run(2, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(folder, Disk.REAL)) {
                store.openForWriting();
                try (CheckpointSaver saver = model.saver(store, config)) {
                    model.train(1, saver);
                    saved[0] = model.save(saver).path();
                }
            }
        });
        return Files.readAllBytes(saved[0].resolve(ManifestFile.NAME));
    }

    private static byte[] seal(byte[] inner) {
        CRC32C crc = new CRC32C();
        crc.update(inner);
        return SealedManifest.newBuilder()
                .setManifest(ByteString.copyFrom(inner))
                .setCrc32C((int) crc.getValue())
                .build()
                .toByteArray();
    }

    /// Flips, overwrites, cuts, repeats or inserts, once to four times.
    private static byte[] mutate(byte[] whole, SplittableRandom random) {
        byte[] bytes = whole.clone();
        int times = 1 + random.nextInt(4);
        for (int i = 0; i < times && bytes.length > 0; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes = Arrays.copyOf(bytes, random.nextInt(8) == 0 ? at : bytes.length);
                case 3 -> System.arraycopy(bytes, 0, bytes, at, Math.min(random.nextInt(16), bytes.length - at));
                default -> {
                    byte[] longer = Arrays.copyOf(bytes, bytes.length + 5);
                    System.arraycopy(bytes, at, longer, at + 5, bytes.length - at);
                    for (int k = 0; k < 5; k++) {
                        longer[at + k] = (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : 0xff);
                    }
                    bytes = longer;
                }
            }
        }
        return bytes;
    }
}
