package io.dlrm4j.effects.format.gdmix;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.format.JsonFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// `tensor_metadata.json`: which columns a data set has.
///
/// @param features every column that is no label
/// @param labels columns that are predicted
public record TensorMetadata(List<Column> features, List<Column> labels) {
    private static final String WANT = "want name, dtype, shape and isSparse";

    /// What a column holds.
    public enum Dtype {
        INT,
        LONG,
        FLOAT,
        DOUBLE,
        BYTES,
        STRING;

        String json() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// One column.
    ///
    /// @param shape empty for one value; `[n]` for n, `[-1]` for any number
    /// @param sparse whether it is stored as `NAME_indices` and `NAME_values`
    public record Column(String name, Dtype dtype, List<Integer> shape, boolean sparse) {
        /// Copies the list.
        public Column {
            shape = List.copyOf(shape);
        }

        /// A column of one value a sample.
        public static Column scalar(String name, Dtype dtype) {
            return new Column(name, dtype, List.of(), false);
        }

        /// A sparse feature bag.
        public static Column bag(String name, int features) {
            return new Column(name, Dtype.FLOAT, List.of(features), true);
        }

        /// @return number of features of a bag
        /// @throws DataException when the column's shape is not `[n]`
        public int width() {
            if (shape.size() != 1 || shape.getFirst() < 1) {
                throw new DataException("column %s: shape %s, want [number of features]".formatted(name, shape));
            }
            return shape.getFirst();
        }
    }

    /// Copies the lists.
    public TensorMetadata {
        features = List.copyOf(features);
        labels = List.copyOf(labels);
    }

    /// @throws DataException when a key is missing or wrong, naming the column
    public static TensorMetadata read(Path file) throws IOException {
        JsonNode tree = JsonFile.read(file);
        if (!tree.isObject()) {
            throw new DataException("%s: want an object with the lists features and labels".formatted(file));
        }
        return new TensorMetadata(columns(file, tree, "features"), columns(file, tree, "labels"));
    }

    private static List<Column> columns(Path file, JsonNode tree, String list) {
        JsonNode items = tree.path(list);
        if (!items.isArray() && !items.isMissingNode()) {
            throw new DataException("%s: %s is %s, want a list".formatted(file, list, items.getNodeType()));
        }
        List<Column> columns = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (JsonNode item : items) {
            Column column = column(item, "%s: %s[%d]".formatted(file, list, columns.size()));
            if (!names.add(column.name)) {
                throw new DataException(
                        "%s: %s[%d]: the name %s occurs twice".formatted(file, list, columns.size(), column.name));
            }
            columns.add(column);
        }
        return columns;
    }

    private static Column column(JsonNode item, String where) {
        for (String key : List.of("name", "dtype", "shape", "isSparse")) {
            if (!item.has(key)) {
                throw new DataException("%s: no %s, %s".formatted(where, key, WANT));
            }
        }
        JsonNode name = item.get("name");
        if (!name.isTextual()) {
            throw new DataException("%s: name=%s, want a text".formatted(where, name));
        }
        JsonNode sparse = item.get("isSparse");
        if (!sparse.isBoolean()) {
            throw new DataException("%s: isSparse=%s, want true or false".formatted(where, sparse));
        }
        Column column = new Column(
                name.asText(), dtype(item.get("dtype"), where), shape(item.get("shape"), where), sparse.asBoolean());
        if (column.sparse && column.shape.size() != 1) {
            throw new DataException("%s: shape=%s of the sparse column %s, want [number of features]"
                    .formatted(where, column.shape, column.name));
        }
        return column;
    }

    private static Dtype dtype(JsonNode dtype, String where) {
        for (Dtype known : Dtype.values()) {
            if (dtype.isTextual() && dtype.asText().equals(known.json())) {
                return known;
            }
        }
        throw new DataException("%s: dtype=%s, want int, long, float, double, bytes or string".formatted(where, dtype));
    }

    private static List<Integer> shape(JsonNode shape, String where) {
        if (!shape.isArray()) {
            throw new DataException("%s: shape=%s, want a list: [] for one value, [n] for n".formatted(where, shape));
        }
        List<Integer> sizes = new ArrayList<>();
        for (JsonNode size : shape) {
            if (!size.isInt() || (size.asInt() < 1 && size.asInt() != -1)) {
                throw new DataException(
                        "%s: shape=%s, want whole numbers from 1, or -1 for any".formatted(where, shape));
            }
            sizes.add(size.asInt());
        }
        return sizes;
    }

    /// Writes it where GDMix reads it.
    public void write(Path file) throws IOException {
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        tree.set("features", json(features));
        tree.set("labels", json(labels));
        JsonFile.write(file, tree);
    }

    private static ArrayNode json(List<Column> columns) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (Column column : columns) {
            ObjectNode item = list.addObject();
            item.put("name", column.name).put("dtype", column.dtype.json());
            ArrayNode shape = item.putArray("shape");
            column.shape.forEach(shape::add);
            item.put("isSparse", column.sparse);
        }
        return list;
    }

    /// @return whether there is a column of that name
    public boolean has(String name) {
        return all().stream().anyMatch(column -> column.name.equals(name));
    }

    /// @throws DataException when there is no column of that name
    public Column column(String name) {
        return all().stream()
                .filter(column -> column.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new DataException("no column %s in the tensor metadata, which has %s"
                        .formatted(name, all().stream().map(Column::name).toList())));
    }

    private List<Column> all() {
        List<Column> all = new ArrayList<>(features);
        all.addAll(labels);
        return all;
    }
}
