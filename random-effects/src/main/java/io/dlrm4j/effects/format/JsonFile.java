package io.dlrm4j.effects.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.dlrm4j.core.data.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Small JSON files as trees: at most [#MOST_BYTES], and no deeper than the parser's 1,000 levels.
public final class JsonFile {
    /// Most bytes of a file.
    public static final int MOST_BYTES = 1 << 24;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final DefaultPrettyPrinter PRINTER =
            new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));

    private JsonFile() {}

    /// @return the whole file
    /// @throws DataException when it is no JSON, naming line and column, or larger than [#MOST_BYTES]
    public static JsonNode read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new DataException(
                        "%s: more than %d bytes, the most that JSON metadata may have; is it the right file?"
                                .formatted(file, MOST_BYTES));
            }
            return parse(new String(bytes, StandardCharsets.UTF_8), file.toString());
        }
    }

    /// @param where what the text is, for the error
    /// @throws DataException when it is no JSON, naming line and column
    public static JsonNode parse(String text, String where) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null
                    ? ""
                    : " line %d column %d:"
                            .formatted(
                                    e.getLocation().getLineNr(), e.getLocation().getColumnNr());
            throw new DataException("%s:%s no JSON: %s".formatted(where, place, e.getOriginalMessage()), e);
        }
    }

    /// Writes a tree, indented, whole or not at all.
    public static void write(Path file, JsonNode tree) throws IOException {
        NewFile.write(file, JSON.writer(PRINTER).writeValueAsString(tree) + "\n");
    }
}
