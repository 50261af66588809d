package io.dlrm4j.criteo.store;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.dlrm4j.core.data.DataException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads a manifest's JSON token by token. Every rank does so at its start, where Jackson's object mapper would take
/// longer to load than all the rest of the data set's opening.
///
/// Every key must be known, there once, and of its type; only `origin.truth` may be absent or null.
final class ManifestJson {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private ManifestJson() {}

    /// @throws DataException when the JSON is no manifest, saying which key is wrong
    /// @throws com.fasterxml.jackson.core.JacksonException when it is no JSON
    static Manifest parse(byte[] bytes) throws IOException {
        try (JsonParser parser = JSON.createParser(bytes)) {
            parser.nextToken();
            Manifest manifest = manifest(new Section("", tree(parser)));
            if (parser.nextToken() != null) {
                throw new DataException("text after the end, line "
                        + parser.currentTokenLocation().getLineNr());
            }
            return manifest;
        }
    }

    private static @Nullable Object tree(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        return switch (token) {
            case null -> null;
            case START_OBJECT -> {
                Map<String, @Nullable Object> object = new LinkedHashMap<>();
                for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                    parser.nextToken();
                    object.put(name, tree(parser));
                }
                yield object;
            }
            case START_ARRAY -> {
                List<@Nullable Object> array = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(tree(parser));
                }
                yield array;
            }
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> null;
        };
    }

    private static Manifest manifest(Section all) {
        Section format = all.section("format");
        Section rules = all.section("rules");
        Section rows = all.section("rows");
        Manifest manifest = new Manifest(
                format.end(new Manifest.Format(
                        format.text("name"), version(format.whole("version")), format.text("layout"))),
                rules.end(new Manifest.Rules(
                        rules.text("dictionary"),
                        rules.whole("maxIndRange"),
                        rules.number("subSampleRate"),
                        rules.whole("subSampleSeed"),
                        rules.is("unseenRow"))),
                all.list("tables", each -> new Manifest.Table(each.text("name"), each.whole("rows"))),
                rows.end(new Manifest.Rows(
                        rows.wholes("perDay"), rows.whole("training"), rows.whole("test"), rows.whole("validation"))),
                all.list(
                        "files",
                        each -> new Manifest.FileEntry(each.text("name"), each.whole("bytes"), each.text("crc32c"))),
                origin(all.section("origin")));
        return all.end(manifest);
    }

    /// A version that is too large for an int is as unknown as the largest.
    private static int version(long version) {
        return Math.clamp(version, -1, Integer.MAX_VALUE);
    }

    private static Manifest.Origin origin(Section origin) {
        Section quarantined = origin.section("quarantined");
        Map<String, Long> lines = new LinkedHashMap<>();
        List.copyOf(quarantined.left.keySet()).forEach(reason -> lines.put(reason, quarantined.whole(reason)));
        List<Manifest.Input> inputs = origin.list(
                "inputs", each -> new Manifest.Input(each.text("name"), each.whole("bytes"), each.whole("lines")));
        Manifest.Truth truth = origin.left.get("truth") == null ? null : truth(origin.section("truth"));
        origin.left.remove("truth");
        return origin.end(new Manifest.Origin(origin.text("command"), inputs, lines, truth));
    }

    private static Manifest.Truth truth(Section truth) {
        return truth.end(new Manifest.Truth(
                truth.whole("seed"),
                truth.number("positiveRate"),
                score(truth.section("onTest")),
                score(truth.section("onLastDay"))));
    }

    private static Manifest.Score score(Section score) {
        return score.end(new Manifest.Score(score.number("auc"), score.number("logLoss")));
    }

    /// One object of the file; a key is taken out when it is read, so that none is left at the end.
    private static final class Section {
        private final String name;
        private final Map<String, @Nullable Object> left = new LinkedHashMap<>();

        /// @param name dotted, with a dot at its end; empty: the whole file
        Section(String name, @Nullable Object json) {
            this.name = name;
            if (!(json instanceof Map<?, ?> object)) {
                String what = name.isEmpty() ? "the whole" : name.substring(0, name.length() - 1);
                throw new DataException(what + (json == null ? " is missing" : " is no object"));
            }
            object.forEach((key, value) -> left.put((String) key, value));
        }

        private <T> T take(String key, Class<T> type, String want) {
            Object value = left.remove(key);
            if (!type.isInstance(value)) {
                throw new DataException("%s%s=%s, want %s".formatted(name, key, value, want));
            }
            return type.cast(value);
        }

        String text(String key) {
            return take(key, String.class, "a text");
        }

        long whole(String key) {
            return take(key, Long.class, "a whole number");
        }

        double number(String key) {
            if (left.remove(key, "NaN")) { // JSON has no number for it: AUC of one class
                return Double.NaN;
            }
            return take(key, Number.class, "a number").doubleValue();
        }

        boolean is(String key) {
            return take(key, Boolean.class, "true or false");
        }

        Section section(String key) {
            return new Section(name + key + ".", left.remove(key));
        }

        List<Long> wholes(String key) {
            List<Long> wholes = new ArrayList<>();
            for (Object each : take(key, List.class, "a list")) {
                if (!(each instanceof Long whole)) {
                    throw new DataException("%s%s has %s, want whole numbers".formatted(name, key, each));
                }
                wholes.add(whole);
            }
            return wholes;
        }

        <T> List<T> list(String key, Function<Section, T> read) {
            List<T> list = new ArrayList<>();
            for (Object each : take(key, List.class, "a list")) {
                Section entry = new Section("%s%s[%d].".formatted(name, key, list.size()), each);
                list.add(entry.end(read.apply(entry)));
            }
            return list;
        }

        /// @return what was read, if that was all there is
        <T> T end(T read) {
            if (!left.isEmpty()) {
                throw new DataException(
                        "unknown key " + name + left.keySet().iterator().next());
            }
            return read;
        }
    }
}
