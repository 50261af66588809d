package io.dlrm4j.trainer.score;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;

/// Scores as an Avro object container file, blocks deflated.
final class AvroRows implements ScoreWriter.Rows {
    private static final Schema SCHEMA = SchemaBuilder.record("Score")
            .namespace("io.dlrm4j")
            .fields()
            .requiredLong("uid")
            .requiredFloat("label")
            .requiredFloat("logit")
            .endRecord();

    private final DataFileWriter<GenericRecord> out = new DataFileWriter<>(new GenericDatumWriter<>(SCHEMA));
    private final GenericRecord row = new GenericData.Record(SCHEMA);

    AvroRows(Path file) throws IOException {
        out.setCodec(CodecFactory.deflateCodec(1));
        out.create(SCHEMA, file.toFile());
    }

    @Override
    public void add(long uid, float label, float logit, float[] hidden) throws IOException {
        row.put(0, uid);
        row.put(1, label);
        row.put(2, logit);
        out.append(row);
    }

    @Override
    public void finish() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
