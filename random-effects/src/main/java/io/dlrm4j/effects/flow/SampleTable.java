package io.dlrm4j.effects.flow;

import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.SampleReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.sql.SQLException;
import java.util.List;
import org.duckdb.DuckDBAppender;

/// Samples that we read ourselves, in a table of the embedded engine, features packed.
public final class SampleTable {
    static final String NAME = "samples";

    private SampleTable() {}

    /// Opens a reader when its turn comes.
    public interface Opener {
        /// @return a reader at its first sample, which is closed behind its last
        SampleReader open() throws IOException;
    }

    static void load(Database database, List<Opener> readers) throws SQLException, IOException {
        database.run("CREATE TABLE %s (entity VARCHAR, uid BIGINT, label DOUBLE, weight DOUBLE, own DOUBLE, f0 BLOB)"
                .formatted(NAME));
        Sample sample = new Sample();
        try (DuckDBAppender appender = database.connection().createAppender(NAME)) {
            for (Opener opener : readers) {
                try (SampleReader reader = opener.open()) {
                    while (reader.next(sample)) {
                        append(sample, appender);
                    }
                }
            }
        }
    }

    private static void append(Sample sample, DuckDBAppender appender) throws SQLException {
        ByteBuffer packed =
                ByteBuffer.allocate(sample.features() * Features.PACKED_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < sample.features(); i++) {
            packed.putInt(sample.indices()[i]).putDouble(sample.values()[i]);
        }
        appender.beginRow();
        appender.append(sample.entity());
        appender.append(sample.uid());
        appender.append(sample.label());
        appender.append(sample.weight());
        appender.append(sample.offset());
        appender.append(packed.array());
        appender.endRow();
    }
}
