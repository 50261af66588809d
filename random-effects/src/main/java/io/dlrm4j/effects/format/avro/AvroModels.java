package io.dlrm4j.effects.format.avro;

import io.dlrm4j.core.data.DataException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/// Reads the linear models of a file one after the other.
public final class AvroModels implements Closeable {
    private final AvroReader in;

    private AvroModels(AvroReader in) {
        this.in = in;
    }

    /// @param file of `BayesianLinearModelAvro` records
    public static AvroModels open(Path file) throws IOException {
        return new AvroModels(AvroReader.open(file));
    }

    /// @return the next model, or null at the end
    /// @throws DataException naming file and record
    public @Nullable ModelRecord next() throws IOException {
        GenericRecord record = in.next();
        try {
            return record == null ? null : ModelRecord.fromAvro(record);
        } catch (DataException e) {
            throw in.damaged(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
