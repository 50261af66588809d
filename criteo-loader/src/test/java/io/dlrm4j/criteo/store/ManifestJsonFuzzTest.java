package io.dlrm4j.criteo.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JacksonException;
import io.dlrm4j.core.data.DataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// A hundred thousand damaged manifests of a data set: each is read, or refused with a sentence.
class ManifestJsonFuzzTest {
    private static final int INPUTS = 100_000;

    @Test
    void everyInputIsReadOrRefusedWithASentence() throws IOException {
        List<Long> days = List.of(3L, 2L);
        Manifest manifest = new Manifest(
                Manifest.Format.of(Manifest.NPY),
                new Manifest.Rules("file", 0, 0, 1, false),
                List.of(new Manifest.Table("C1", 7), new Manifest.Table("C2", 9)),
                Manifest.Rows.split(days),
                List.of(new Manifest.FileEntry("day_0_dense.npy", 12, "00ff00ff")),
                new Manifest.Origin("dlrm prepare", List.of(), Map.of("FIELD_COUNT", 1L), null));
        byte[] whole = ManifestFile.encode(manifest);
        assertThat(ManifestJson.parse(whole)).isEqualTo(manifest);
        SplittableRandom random = new SplittableRandom(8);
        int[] outcomes = new int[2];
        for (int input = 0; input < INPUTS; input++) {
            byte[] bytes = mutate(whole, random);
            try {
                assertThat(ManifestJson.parse(bytes).tables()).isNotNull();
                outcomes[0]++;
            } catch (DataException | JacksonException e) {
                assertThat(e.getMessage()).as("input %d", input).isNotBlank();
                outcomes[1]++;
            }
        }
        assertThat(outcomes[0]).as("read").isGreaterThan(1_000);
        assertThat(outcomes[1]).as("refused").isGreaterThan(INPUTS / 3);
    }

    @Test
    void deepNestingIsRefused() throws IOException {
        for (String open : new String[] {"[", "{\"a\":"}) {
            byte[] deep = open.repeat(100_000).getBytes(StandardCharsets.US_ASCII);
            try {
                ManifestJson.parse(deep);
                throw new AssertionError("read");
            } catch (DataException | JacksonException e) {
                assertThat(e.getMessage()).contains("depth");
            }
        }
    }

    private static byte[] mutate(byte[] whole, SplittableRandom random) {
        byte[] bytes = whole.clone();
        int times = random.nextInt(4);
        for (int i = 0; i < times && bytes.length > 0; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) "[]{}\":,0-9en".charAt(random.nextInt(12));
                case 2 -> bytes = Arrays.copyOf(bytes, random.nextInt(4) == 0 ? at : bytes.length);
                case 3 -> System.arraycopy(bytes, 0, bytes, at, Math.min(random.nextInt(40), bytes.length - at));
                default -> {
                    byte[] longer = Arrays.copyOf(bytes, bytes.length + 20);
                    System.arraycopy(bytes, at, longer, at + 20, bytes.length - at);
                    Arrays.fill(longer, at, at + 20, (byte) "[9{ ".charAt(random.nextInt(4)));
                    bytes = longer;
                }
            }
        }
        return bytes;
    }
}
