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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Small JSON files as trees.
public final class JsonFile {
    private static final long MOST_BYTES = 1 << 26;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final DefaultPrettyPrinter PRINTER =
            new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));

    private JsonFile() {}

    /// @return the whole file
    /// @throws DataException when it is no JSON, naming line and column
    public static JsonNode read(Path file) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
            throw new DataException("%s: %d bytes, want at most %d".formatted(file, Files.size(file), MOST_BYTES));
        }
        return parse(Files.readString(file, StandardCharsets.UTF_8), file.toString());
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
