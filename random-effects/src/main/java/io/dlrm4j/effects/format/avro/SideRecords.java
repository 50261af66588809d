package io.dlrm4j.effects.format.avro;

import io.dlrm4j.core.data.DataException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/// The smaller records of Photon: rows of factored matrices, statistics of features.
public final class SideRecords {
    private SideRecords() {}

    /// `LatentFactorAvro`: one row of a factored matrix.
    public record LatentFactor(String effectId, List<Double> factor) {
        /// Copies the list.
        public LatentFactor {
            factor = List.copyOf(factor);
        }

        /// @return the record to be written
        public GenericRecord toAvro() {
            GenericRecord record = new GenericData.Record(AvroSchemas.LATENT_FACTOR);
            record.put("effectId", effectId);
            record.put("latentFactor", factor);
            return record;
        }

        /// @throws DataException when a field is missing or something else
        public static LatentFactor fromAvro(GenericRecord record) {
            List<Double> factor = AvroFields.list(AvroFields.value(record, "latentFactor"), "latentFactor").stream()
                    .map(value -> AvroFields.number(value, "latentFactor", Double.NaN))
                    .toList();
            return new LatentFactor(required(record, "effectId"), factor);
        }
    }

    /// `FeatureSummarizationResultAvro`: statistics of one feature, such as max, min, mean, normL1, normL2,
    /// numNonzeros and variance.
    public record FeatureSummary(String name, String term, SortedMap<String, Double> metrics) {
        /// Copies the map.
        public FeatureSummary {
            metrics = Collections.unmodifiableSortedMap(new TreeMap<>(metrics));
        }

        /// @return the record to be written
        public GenericRecord toAvro() {
            GenericRecord record = new GenericData.Record(AvroSchemas.FEATURE_SUMMARY);
            record.put("featureName", name);
            record.put("featureTerm", term);
            record.put("metrics", metrics);
            return record;
        }

        /// @throws DataException when a field is missing or something else
        public static FeatureSummary fromAvro(GenericRecord record) {
            SortedMap<String, Double> metrics = new TreeMap<>();
            if (AvroFields.value(record, "metrics") instanceof Map<?, ?> map) {
                map.forEach((key, value) ->
                        metrics.put(String.valueOf(key), AvroFields.number(value, "metrics", Double.NaN)));
            }
            return new FeatureSummary(required(record, "featureName"), required(record, "featureTerm"), metrics);
        }
    }

    private static String required(GenericRecord record, String field) {
        String text = AvroFields.text(AvroFields.value(record, field), field);
        if (text == null) {
            throw new DataException("no %s in a record of %s"
                    .formatted(field, record.getSchema().getFullName()));
        }
        return text;
    }
}
