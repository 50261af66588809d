package io.dlrm4j.effects.format.avro;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/// `FeatureSummarizationResultAvro`: statistics of one feature as Photon writes them.
///
/// @param metrics by name: max, min, mean, normL1, normL2, numNonzeros, variance
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
}
