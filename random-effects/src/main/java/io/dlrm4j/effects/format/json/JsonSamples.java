package io.dlrm4j.effects.format.json;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.format.JsonFile;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.SampleReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/// Samples from a file of JSON lines, plain or `.gz`; empty lines are passed over. What the keys give is told by
/// [JsonSample].
public final class JsonSamples implements SampleReader {
    private final Path file;
    private final BufferedReader in;
    private final JsonSample columns;
    private final long firstUid;
    private long line;
    private long samples;

    private JsonSamples(Path file, BufferedReader in, JsonSample columns, long firstUid) {
        this.file = file;
        this.in = in;
        this.columns = columns;
        this.firstUid = firstUid;
    }

    /// @param columns what is read of a line
    /// @param firstUid the first sample's number where `columns` names no uid
    public static JsonSamples open(Path file, JsonSample columns, long firstUid) throws IOException {
        InputStream raw = Files.newInputStream(file);
        try {
            InputStream plain = file.toString().endsWith(".gz") ? new GZIPInputStream(raw, 1 << 16) : raw;
            BufferedReader in = new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8), 1 << 16);
            return new JsonSamples(file, in, columns, firstUid);
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }

    @Override
    public boolean next(Sample into) throws IOException {
        for (String text = in.readLine(); text != null; text = in.readLine()) {
            line++;
            if (!text.isBlank()) {
                String where = "%s: line %d".formatted(file, line);
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
