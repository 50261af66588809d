package io.dlrm4j.effects.format.json;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.format.JsonFile;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.SampleReader;
import io.dlrm4j.effects.format.TextLines;
import java.io.IOException;
import java.nio.file.Path;

/// Samples from a file of JSON lines, plain or `.gz`; empty lines are passed over. What the keys give is told by
/// [JsonSample].
public final class JsonSamples implements SampleReader {
    private final TextLines in;
    private final JsonSample columns;
    private final long firstUid;
    private long samples;

    private JsonSamples(TextLines in, JsonSample columns, long firstUid) {
        this.in = in;
        this.columns = columns;
        this.firstUid = firstUid;
    }

    /// @param columns what is read of a line
    /// @param firstUid the first sample's number where `columns` names no uid
    public static JsonSamples open(Path file, JsonSample columns, long firstUid) throws IOException {
        return new JsonSamples(TextLines.open(file), columns, firstUid);
    }

    @Override
    public boolean next(Sample into) throws IOException {
        for (String text = in.next(); text != null; text = in.next()) {
            if (!text.isBlank()) {
                String where = in.where();
                try {
                    columns.read(JsonFile.parse(text, where), firstUid + samples++, into);
                } catch (DataException e) {
                    String said = String.valueOf(e.getMessage());
                    throw said.startsWith(where) ? e : new DataException(where + ": " + said, e);
                }
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
