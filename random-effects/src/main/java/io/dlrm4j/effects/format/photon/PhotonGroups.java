package io.dlrm4j.effects.format.photon;

import io.dlrm4j.effects.format.avro.AvroSchemas;
import io.dlrm4j.effects.format.avro.AvroWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/// Metrics of each entity, `ROOT/group-eval/N/METRIC/ENTITY/part-00000.avro`: records of the entity and its metric.
///
/// Photon names the second field as its evaluator. Where Avro allows no such name, as for `PRECISION@5`, Photon fails;
/// here the field is `PRECISION_5`.
public final class PhotonGroups {
    private PhotonGroups() {}

    /// Writes one metric.
    ///
    /// @param folder of the model, `ROOT/group-eval/N`
    /// @param metric such as AUC
    /// @param kind of the entities, such as userId
    /// @param entities their names
    /// @param values their metrics, `[entities]`; those that are not finite are left out, as in the mean
    public static void write(Path folder, String metric, String kind, List<String> entities, double[] values)
            throws IOException {
        Schema schema = AvroSchemas.groupResult(kind, metric);
        Path file = folder.resolve(metric).resolve(AvroSchemas.fieldName(kind)).resolve("part-00000.avro");
        try (AvroWriter writer = AvroWriter.open(file, schema)) {
            for (int i = 0; i < values.length; i++) {
                if (Double.isFinite(values[i])) {
                    GenericRecord record = new GenericData.Record(schema);
                    record.put(0, entities.get(i));
                    record.put(1, values[i]);
                    writer.write(record);
                }
            }
            writer.finish();
        }
    }
}
