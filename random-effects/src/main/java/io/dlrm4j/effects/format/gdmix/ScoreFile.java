package io.dlrm4j.effects.format.gdmix;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.format.avro.AvroFields;
import io.dlrm4j.effects.format.avro.AvroReader;
import io.dlrm4j.effects.format.avro.AvroSchemas;
import io.dlrm4j.effects.format.avro.AvroWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/// Score files of GDMix, `validation_result` records: what one coordinate hands to the next.
public final class ScoreFile {
    private ScoreFile() {}

    /// The names of the columns; empty where the file has no such column.
    ///
    /// @param score logit, offset included
    /// @param perCoordinate logit without the offset
    public record Columns(String uid, String score, String label, String weight, String perCoordinate) {
        /// The names of GDMix's examples.
        public static final Columns GDMIX =
                new Columns("uid", "predictionScore", "response", "weight", "predictionScorePerCoordinate");

        /// The names of the files that GDMix's DeText models write, which have no score of the coordinate alone; read
        /// only.
        public static final Columns DETEXT = new Columns("uid", "score", "label", "weight", "");
    }

    /// One scored sample.
    ///
    /// @param score logit, offset included
    /// @param label NaN where it is not known
    /// @param weight 1 where the file has none
    /// @param perCoordinate logit without the offset; NaN where the file has none
    public record Row(long uid, double score, double label, double weight, double perCoordinate) {}

    /// Writes scores, as 32-bit floats. The file appears under its name when [#finish] is called.
    public static final class Writer implements Closeable {
        private final AvroWriter out;
        private final Schema schema;
        private final Columns columns;
        private final boolean cutWeights;

        private Writer(AvroWriter out, Schema schema, Columns columns, boolean cutWeights) {
            this.out = out;
            this.schema = schema;
            this.columns = columns;
            this.cutWeights = cutWeights;
        }

        /// @param fixed whether a fixed effect's scores are written: of their weights GDMix keeps the whole part alone,
        ///     so that 0.5 becomes 0, and so does `compat` GDMIX
        public static Writer open(Path file, Columns columns, boolean fixed, Compat compat) throws IOException {
            Schema schema = AvroSchemas.validationResult(
                    columns.uid,
                    columns.score,
                    columns.label,
                    columns.weight.isEmpty() ? null : columns.weight,
                    columns.perCoordinate.isEmpty() ? null : columns.perCoordinate);
            return new Writer(AvroWriter.open(file, schema), schema, columns, fixed && compat == Compat.GDMIX);
        }

        /// Appends a scored sample.
        public void write(Row row) throws IOException {
            GenericRecord record = new GenericData.Record(schema);
            record.put(columns.uid, row.uid);
            record.put(columns.score, (float) row.score);
            record.put(columns.label, Double.isNaN(row.label) ? null : (Object) (float) row.label);
            if (!columns.weight.isEmpty()) {
                record.put(columns.weight, cutWeights ? (float) (long) row.weight : (float) row.weight);
            }
            if (!columns.perCoordinate.isEmpty()) {
                record.put(columns.perCoordinate, (float) row.perCoordinate);
            }
            out.write(record);
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

    /// Reads scores one after the other; a file that holds doubles, as Photon's, loses nothing.
    public static final class Reader implements Closeable {
        private final AvroReader in;
        private final Columns columns;

        private Reader(AvroReader in, Columns columns) {
            this.in = in;
            this.columns = columns;
        }

        /// @throws DataException when the file has no uid or no score of those names
        public static Reader open(Path file, Columns columns) throws IOException {
            AvroReader in = AvroReader.open(file);
            for (String name : new String[] {columns.uid, columns.score}) {
                if (in.schema().getField(name) == null) {
                    in.close();
                    throw new DataException("%s: no column %s, the file has %s"
                            .formatted(
                                    file,
                                    name,
                                    in.schema().getFields().stream()
                                            .map(Schema.Field::name)
                                            .toList()));
                }
            }
            return new Reader(in, columns);
        }

        /// @return the next sample, or null at the end
        /// @throws DataException naming file and record
        public @Nullable Row next() throws IOException {
            GenericRecord record = in.next();
            if (record == null) {
                return null;
            }
            try {
                double score = number(record, columns.score, Double.NaN);
                if (!Double.isFinite(score)) {
                    throw new DataException("%s=%s, want a finite logit".formatted(columns.score, score));
                }
                return new Row(
                        AvroFields.whole(AvroFields.value(record, columns.uid), columns.uid),
                        score,
                        number(record, columns.label, Double.NaN),
                        number(record, columns.weight, 1),
                        number(record, columns.perCoordinate, Double.NaN));
            } catch (DataException e) {
                throw in.damaged(String.valueOf(e.getMessage()));
            }
        }

        private static double number(GenericRecord record, String field, double absent) {
            return AvroFields.number(AvroFields.value(record, field), field, absent);
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
