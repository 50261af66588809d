package io.dlrm4j.effects.format.gdmix;

import com.fasterxml.jackson.databind.JsonNode;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.format.JsonFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What gdmix-data makes of one table for one effect, as its JSON configuration tells.
///
/// @param random whether it is a random effect
/// @param coordinate the effect's name
/// @param entity the column of the random effect's entity; empty for a fixed effect
/// @param labels columns that are predicted
/// @param columns all columns, labels and entity among them
public record EffectConfig(
        boolean random, String coordinate, String entity, List<String> labels, List<Column> columns) {
    private static final Set<String> DTYPES = Set.of("string", "int", "long", "double", "float", "byte");

    /// One column.
    ///
    /// @param dtype string, int, long, double, float or byte
    /// @param nameTermValue whether the input is an array of names, terms and values
    /// @param sparse whether the output is a sparse tensor
    /// @param shared whether all entities share one feature space
    public record Column(
            String name, String dtype, List<Integer> shape, boolean nameTermValue, boolean sparse, boolean shared) {
        /// Copies the list.
        public Column {
            shape = List.copyOf(shape);
        }
    }

    /// Copies the lists.
    public EffectConfig {
        labels = List.copyOf(labels);
        columns = List.copyOf(columns);
    }

    /// @return the effects of a file, the fixed effect first
    /// @throws DataException when a key is wrong, a label or an entity is no column, or there are two fixed effects
    public static List<EffectConfig> read(Path file) throws IOException {
        JsonNode tree = JsonFile.read(file);
        if (!tree.isArray()) {
            throw new DataException("%s: want a list of effects".formatted(file));
        }
        List<EffectConfig> effects = new ArrayList<>();
        for (JsonNode item : tree) {
            effects.add(effect(item, "%s: effect %d".formatted(file, effects.size())));
        }
        long fixed = effects.stream().filter(effect -> !effect.random).count();
        if (fixed > 1) {
            throw new DataException("%s: %d fixed effects, want at most one".formatted(file, fixed));
        }
        effects.sort(Comparator.comparing(EffectConfig::random));
        return List.copyOf(effects);
    }

    private static EffectConfig effect(JsonNode item, String where) {
        String named = "%s (%s)".formatted(where, item.path("coordinateName").asText("without a name"));
        List<Column> columns = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (JsonNode column : item.path("columnConfigList")) {
            columns.add(column(column, named));
            names.add(columns.getLast().name);
        }
        if (columns.isEmpty()) {
            throw new DataException("%s: columnConfigList names no column".formatted(named));
        }
        List<String> labels = new ArrayList<>();
        for (JsonNode label : item.path("labels")) {
            if (!names.contains(label.asText())) {
                throw new DataException(
                        "%s: the label %s is not among the columns %s".formatted(named, label.asText(), names));
            }
            labels.add(label.asText());
        }
        boolean random = truth(item, "isRandomEffect", false, named);
        String entity = item.path("perEntityName").asText("");
        if (entity.equals("null")) {
            entity = "";
        }
        if (random == entity.isEmpty()) {
            throw new DataException("%s: perEntityName=%s with isRandomEffect=%s, want a name for random effects alone"
                    .formatted(named, item.path("perEntityName"), random));
        }
        if (random && !names.contains(entity)) {
            throw new DataException("%s: the entity %s is not among the columns %s".formatted(named, entity, names));
        }
        return new EffectConfig(random, item.path("coordinateName").asText(""), entity, labels, columns);
    }

    private static Column column(JsonNode item, String where) {
        String name = item.path("name").asText("");
        String dtype = item.path("dtype").asText("");
        String column = "%s: column %s".formatted(where, name);
        if (name.isEmpty() || !DTYPES.contains(dtype)) {
            throw new DataException("%s: dtype=%s, want a name and one of string, int, long, double, float, byte"
                    .formatted(column, item.path("dtype")));
        }
        List<Integer> shape = new ArrayList<>();
        item.path("shape").forEach(size -> shape.add(size.asInt()));
        boolean nameTermValue = truth(item, "isInputNTV", false, column);
        if (nameTermValue && !dtype.equals("float")) {
            throw new DataException("%s: dtype=%s, want float for names, terms and values".formatted(column, dtype));
        }
        return new Column(
                name,
                dtype,
                shape,
                nameTermValue,
                truth(item, "isOutputSparse", false, column),
                truth(item, "sharedFeatureSpace", true, column));
    }

    private static boolean truth(JsonNode item, String key, boolean absent, String where) {
        JsonNode value = item.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isBoolean()) {
            throw new DataException("%s: %s=%s, want true or false".formatted(where, key, value));
        }
        return value.asBoolean();
    }
}
