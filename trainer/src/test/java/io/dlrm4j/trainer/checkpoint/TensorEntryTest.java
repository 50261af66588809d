package io.dlrm4j.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorEntryTest {
    @Test
    void theHeaderIsThatOfSafetensors() {
        byte[] header = TensorEntry.header(List.of(
                new TensorEntry("emb.0.weight[0:3]", List.of(3L, 2L), 0),
                new TensorEntry("state.emb.0.weight[0:3]", List.of(3L), 24)));

        String json = new String(header, 8, header.length - 8, StandardCharsets.UTF_8);
        assertThat(header.length % 8).isZero();
        assertThat(header[0]).isEqualTo((byte) (header.length - 8));
        assertThat(json.strip())
                .isEqualTo("{\"emb.0.weight[0:3]\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]},"
                        + "\"state.emb.0.weight[0:3]\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[24,36]}}");
    }

    @Test
    void aHeaderIsReadBack() throws IOException {
        TensorEntry large = new TensorEntry("emb.1.weight[0:4000000000]", List.of(4_000_000_000L, 64L), 16);
        byte[] header = TensorEntry.header(List.of(new TensorEntry("a", List.of(4L), 0), large));

        assertThat(TensorEntry.parse(Arrays.copyOfRange(header, 8, header.length), 1L << 50)
                        .values())
                .containsExactly(new TensorEntry("a", List.of(4L), 0), large);
    }

    @Test
    void metadataOfOtherWritersIsLeftAlone() throws IOException {
        assertThat(TensorEntry.parse("{\"__metadata__\":{\"format\":\"pt\"}}".getBytes(StandardCharsets.UTF_8), 0))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]|safetensors header is not a JSON object",
                "{'a':{'dtype':'F16','shape':[1],'data_offsets':[0,4]}}|tensor a: dtype=F16, want F32 or I64",
                "{'a':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}}|tensor a: size=-1, want 0 or more",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}}|tensor a: ends at byte 4, want 8 by its shape",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[4,12]}}|"
                        + "tensor a: bytes 4 to 12, want them within 0 to 8"
            },
            quoteCharacter = '~')
    void refusesWhatDoesNotFit(String json, String message) {
        assertThatThrownBy(() -> TensorEntry.parse(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), 8))
                .isInstanceOf(IOException.class)
                .hasMessage(message);
    }
}
