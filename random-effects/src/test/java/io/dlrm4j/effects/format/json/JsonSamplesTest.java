package io.dlrm4j.effects.format.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.SampleColumns;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonSamplesTest {
    private static final List<String> BAGS =
            List.of("age", "flag", "genre", "tags", "vec", "bag", "tensor", "none", "no");
    private static final SampleColumns COLUMNS = new SampleColumns("uid", "label", "w", "off", "user", BAGS);
    private static final String LINE = """
            {"uid": 7, "label": 1, "w": 0.5, "off": -0.25, "user": "u1", "age": 33, "flag": true, "genre": "drama",
             "tags": ["x", "y"], "vec": [1.5, null, 3.5], "none": null, "tensor": {"indices": [0, 4], "values": [2, 3]},
             "bag": [{"name": "n", "term": "t", "value": 2.5}, {"name": "(INTERCEPT)", "value": 9}]}
            """.replace("\n", " ");

    @TempDir
    Path folder;

    private final FeatureIndex index = new FeatureIndex();

    private List<String> features(Sample sample) {
        List<String> features = new ArrayList<>();
        for (int i = 0; i < sample.features(); i++) {
            int number = sample.indices()[i];
            features.add(index.name(number) + "," + index.term(number) + "=" + sample.values()[i]);
        }
        return features;
    }

    @Test
    void everyKindOfValue() throws IOException {
        Path file = folder.resolve("a.jsonl.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write((LINE + "\n\n{\"uid\": 8, \"label\": 0, \"user\": 12}\n").getBytes(StandardCharsets.UTF_8));
        }
        Sample sample = new Sample();
        try (JsonSamples in = JsonSamples.open(file, new JsonSample(COLUMNS, index, false), 0)) {
            assertThat(in.next(sample)).isTrue();
            assertThat(sample.entity()).isEqualTo("u1");
            assertThat(sample.uid()).isEqualTo(7);
            assertThat(sample.weight()).isEqualTo(0.5);
            assertThat(sample.offset()).isEqualTo(-0.25);
            assertThat(features(sample))
                    .containsExactly(
                            "age,=33.0",
                            "flag,=1.0",
                            "genre,drama=1.0",
                            "tags,x=1.0",
                            "tags,y=1.0",
                            "vec,0=1.5",
                            "vec,2=3.5",
                            "n,t=2.5",
                            "tensor,0=2.0",
                            "tensor,4=3.0");
            assertThat(in.next(sample)).isTrue();
            assertThat(sample.entity()).isEqualTo("12");
            assertThat(sample.weight()).isEqualTo(1);
            assertThat(sample.features()).isZero();
            assertThat(in.next(sample)).isFalse();
        }
    }

    @Test
    void numbersAreThoseOfTheListWhereThereIsOne() throws IOException {
        for (int i = 0; i < 5; i++) {
            index.add("f", "" + i);
        }
        SampleColumns columns = new SampleColumns("", "label", "", "", "", List.of("tensor"));
        Path file = Files.writeString(
                folder.resolve("a.jsonl"), LINE + "\n{\"label\":1,\"tensor\":{\"indices\":[5],\"values\":[1]}}");
        Sample sample = new Sample();
        try (JsonSamples in = JsonSamples.open(file, new JsonSample(columns, index, true), 40)) {
            assertThat(in.next(sample)).isTrue();
            assertThat(sample.uid()).isEqualTo(40);
            assertThat(features(sample)).containsExactly("f,0=2.0", "f,4=3.0");
            assertThatThrownBy(() -> in.next(sample))
                    .hasMessage("%s: line 2: column tensor: feature 5, want a whole number from 0 to 4", file);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[1]|no object, want",
                "{\"label\":1,\"user\":\"u\"}|column uid: not there, want a whole number; name no uid column",
                "{\"uid\":1,\"user\":\"u\"}|column label: not there, want a number",
                "{\"uid\":1,\"label\":\"x\",\"user\":\"u\"}|column label: \"x\", want a number",
                "{\"uid\":1,\"label\":1}|column user: not there, want an entity's id",
                "{\"uid\":1,\"label\":1,\"user\":\"u\",\"w\":-1}|uid 1: weight=-1.0, want 0 or more",
                "{\"uid\":1,\"label\":1,\"user\":\"u\",\"bag\":[{\"value\":1}]}|column bag: a feature without name",
                "{\"uid\":1,\"label\":1,\"user\":\"u\",\"tensor\":{\"indices\":[1],\"values\":[]}}|want as many indices",
                "{\"uid\":1,|no JSON",
            })
    void faultsNameTheLineAndTheColumn(String line, String said) throws IOException {
        Path file = Files.writeString(folder.resolve("bad.jsonl"), "\n" + line + "\n");
        try (JsonSamples in = JsonSamples.open(file, new JsonSample(COLUMNS, index, false), 0)) {
            assertThatThrownBy(() -> in.next(new Sample()))
                    .isInstanceOf(DataException.class)
                    .hasMessageStartingWith(file + ": line 2: ")
                    .hasMessageContaining(said);
        }
    }
}
