package io.dlrm4j.trainer.plan;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// [Rates] as JSON: one object of numbers.
public final class RatesFile {
    private static final int MOST_BYTES = 1 << 16;
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private RatesFile() {}

    /// @return where they lie unless somebody says otherwise: `.cache/dlrm4j/machine.json` of the user
    public static Path usual() {
        return Path.of(System.getProperty("user.home"), ".cache", "dlrm4j", "machine.json");
    }

    /// @return the JSON, a number a line
    public static String print(Rates rates) {
        return rates.toMap().entrySet().stream()
                .map(each -> "  \"" + each.getKey() + "\": " + each.getValue())
                .collect(Collectors.joining(",\n", "{\n", "\n}\n"));
    }

    /// @param name printed in messages
    /// @throws IllegalArgumentException when this are no rates, saying why
    public static Rates parse(String json, String name) {
        Map<String, Double> map = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException(name + ": no JSON object, want what dlrm doctor --measure writes");
            }
            for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
                if (!parser.nextToken().isNumeric()) {
                    throw new IllegalArgumentException("%s: line %d: %s is no number"
                            .formatted(name, parser.currentTokenLocation().getLineNr(), key));
                }
                map.put(key, parser.getDoubleValue());
            }
            return Rates.of(map);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    name + ": line " + e.getLocation().getLineNr() + ": " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            throw message.startsWith(name) ? e : new IllegalArgumentException(name + ": " + message, e);
        }
    }

    /// @throws IllegalArgumentException when the file holds no rates
    /// @throws IOException when it cannot be read
    public static Rates read(Path file) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
            throw new IllegalArgumentException(file + " has more than " + MOST_BYTES + " bytes, want a file of rates");
        }
        return parse(Files.readString(file), file.toString());
    }

    /// Writes them, with the folders above.
    public static void write(Path file, Rates rates) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        Files.writeString(file, print(rates));
    }
}
