package io.dlrm4j.effects.format.photon;

import io.dlrm4j.effects.format.avro.AvroSchemas;
import io.dlrm4j.effects.format.avro.AvroWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/// Score files of Photon, `ScoringResultAvro` records: raw margins with the offset. They are read as GDMix's are, by
/// [io.dlrm4j.effects.format.gdmix.ScoreFile.Reader].
public final class PhotonScores {
    private PhotonScores() {}

    /// One scored sample.
    ///
    /// @param uid empty where it is not known
    /// @param label NaN where it is not known
    /// @param weight NaN where it is not known
    /// @param metadata such as the ids of entities, by name
    public record Row(
            String uid, double label, String modelId, double score, double weight, Map<String, String> metadata) {
        /// Copies the map, sorted by name.
        public Row {
            metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
        }

        GenericRecord toAvro() {
            GenericRecord record = new GenericData.Record(AvroSchemas.SCORING_RESULT);
            record.put("uid", uid.isEmpty() ? null : uid);
            record.put("label", Double.isNaN(label) ? null : (Object) label);
            record.put("modelId", modelId);
            record.put("predictionScore", score);
            record.put("weight", Double.isNaN(weight) ? null : (Object) weight);
            record.put("metadataMap", metadata.isEmpty() ? null : metadata);
            return record;
        }
    }

    /// Writes scores. The file appears under its name when [#finish] is called.
    public static final class Writer implements Closeable {
        private final AvroWriter out;

        /// @param file such as `ROOT/scores/part-00000.avro`
        public Writer(Path file) throws IOException {
            out = AvroWriter.open(file, AvroSchemas.SCORING_RESULT);
        }

        /// Appends a scored sample.
        public void write(Row row) throws IOException {
            out.write(row.toAvro());
        }

        /// Makes the file appear.
        ///
        /// @return its absolute path
        public Path finish() throws IOException {
            return out.finish();
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
