package io.dlrm4j.effects.format.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.avro.ModelRecord.Coefficient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelRecordTest {
    @TempDir
    Path folder;

    @Test
    void aVarianceWithoutAMeanHasTheMeanZero() {
        Coefficient known = new Coefficient("a", "", 2, 0.5);
        Coefficient zero = new Coefficient("b", "t", 0, 3);
        ModelRecord model = new ModelRecord("m", "", List.of(known, zero), "");

        GenericRecord avro = model.toAvro(List.of(known), List.of(zero, known));
        assertThat(ModelRecord.fromAvro(avro)).isEqualTo(model);
    }

    @Test
    void numbersAndNamesAreExchanged() {
        FeatureIndex index = new FeatureIndex();
        index.add("x", "1");
        index.add("y", "");
        EntityModel model =
                new EntityModel("u", new int[] {FeatureIndex.INTERCEPT, 0, 1}, new double[] {1, 2, 3}, null);

        ModelRecord record = ModelRecord.of(model, index, "u", ModelRecord.LINEAR);
        assertThat(record.coefficients()).extracting(Coefficient::name).containsExactly("(INTERCEPT)", "x", "y");
        EntityModel back = record.toModel(index);
        assertThat(back.hasVariances()).isFalse();
        for (int position = 0; position < 3; position++) {
            assertThat(back.feature(position)).isEqualTo(model.feature(position));
            assertThat(back.mean(position)).isEqualTo(model.mean(position));
        }
    }

    @Test
    void oneCoefficientTwiceIsRefused() {
        Coefficient one = new Coefficient("a", "t", 2, Double.NaN);
        GenericRecord twice = new ModelRecord("m", "", List.of(one, one), "").toAvro();
        assertThatThrownBy(() -> ModelRecord.fromAvro(twice))
                .hasMessage("model m: field means: coefficient a t occurs twice");
    }

    @Test
    void summariesOfFeaturesAreReadBack() throws IOException {
        Map<String, Double> metrics = Map.of("mean", 3.5, "variance", 1.25);
        Path file = folder.resolve("summaries.avro");
        try (AvroWriter out = AvroWriter.open(file, AvroSchemas.FEATURE_SUMMARY)) {
            out.write(new FeatureSummary("age", "years", new TreeMap<>(metrics)).toAvro());
            out.finish();
        }
        try (AvroReader in = AvroReader.open(file)) {
            assertThat(in.next())
                    .hasToString("{\"featureName\": \"age\", \"featureTerm\": \"years\", \"metrics\": %s}"
                            .formatted("{\"mean\": 3.5, \"variance\": 1.25}"));
        }
    }
}
