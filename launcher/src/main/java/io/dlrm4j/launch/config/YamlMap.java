package io.dlrm4j.launch.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// One mapping of a YAML file, whose values are asked for by name and type; every refusal names file, line and column.
/// For files that are no `JobConfig`, since those hold lists of sections.
final class YamlMap {
    private final String file;
    private final String prefix;
    private final @Nullable MappingNode node;
    private final Map<String, Node> values = new LinkedHashMap<>();

    private YamlMap(String file, String prefix, @Nullable MappingNode node, Set<String> known) {
        this.file = file;
        this.prefix = prefix;
        this.node = node;
        if (node == null) {
            return;
        }
        for (NodeTuple entry : node.getValue()) {
            if (!(entry.getKeyNode() instanceof ScalarNode key)) {
                throw new ConfigException("a key that is no word" + place(entry.getKeyNode()));
            }
            if (!known.isEmpty() && !known.contains(key.getValue())) {
                String nearest = NearestName.of(key.getValue(), new TreeSet<>(known));
                throw new ConfigException(
                        "unknown key " + prefix + key.getValue() + place(key) + NearestName.hint(nearest));
            }
            if (values.put(key.getValue(), entry.getValueNode()) != null) {
                throw new ConfigException("key " + prefix + key.getValue() + " twice, again" + place(key));
            }
        }
    }

    /// @param known the keys there are
    /// @throws ConfigException when the text is no YAML of such keys
    static YamlMap read(String text, String file, Set<String> known) {
        Optional<Node> root = YamlText.compose(text, file);
        if (root.isEmpty() || !(root.get() instanceof MappingNode top)) {
            throw new ConfigException("no keys at " + file + ", want sections as data: and coordinates:");
        }
        return new YamlMap(file, "", top, known);
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    Set<String> keys() {
        return values.keySet();
    }

    /// @return the place of a value, or of the whole mapping, for messages: ` at FILE:LINE:COLUMN`
    String place(String key) {
        Node at = values.getOrDefault(key, node);
        return at == null ? " at " + file : place(at);
    }

    String required(String key) {
        if (!has(key)) {
            throw new ConfigException("no " + prefix + key + place(key));
        }
        return text(key, "");
    }

    String text(String key, String otherwise) {
        Node value = values.get(key);
        return value == null ? otherwise : scalar(prefix + key, value);
    }

    double number(String key, double otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        String text = text(key, "");
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new ConfigException(prefix + key + "=" + text + place(key) + ", want a number", e);
        }
    }

    int whole(String key, int otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        String text = text(key, "");
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new ConfigException(prefix + key + "=" + text + place(key) + ", want a whole number", e);
        }
    }

    boolean flag(String key, boolean otherwise) {
        String text = text(key, String.valueOf(otherwise));
        if (!text.equals("true") && !text.equals("false")) {
            throw new ConfigException(prefix + key + "=" + text + place(key) + ", want true or false");
        }
        return text.equals("true");
    }

    <E extends Enum<E>> E choice(String key, E otherwise) {
        String text = text(key, otherwise.name());
        List<String> names = new ArrayList<>();
        for (E value : otherwise.getDeclaringClass().getEnumConstants()) {
            if (value.name().equalsIgnoreCase(text)) {
                return value;
            }
            names.add(value.name().toLowerCase(Locale.ROOT));
        }
        throw new ConfigException(prefix + key + "=" + text + place(key) + ", want " + String.join(" or ", names));
    }

    /// @return a list's entries; a single value is a list of one
    List<String> list(String key) {
        Node value = values.get(key);
        if (!(value instanceof SequenceNode list)) {
            return value == null ? List.of() : List.of(scalar(prefix + key, value));
        }
        List<String> entries = new ArrayList<>();
        for (Node entry : list.getValue()) {
            entries.add(scalar(prefix + key, entry));
        }
        return entries;
    }

    double[] numbers(String key) {
        List<String> entries = list(key);
        double[] numbers = new double[entries.size()];
        for (int i = 0; i < numbers.length; i++) {
            try {
                numbers[i] = Double.parseDouble(entries.get(i));
            } catch (NumberFormatException e) {
                throw new ConfigException(prefix + key + ": " + entries.get(i) + place(key) + ", want numbers", e);
            }
        }
        return numbers;
    }

    /// @param known the keys below, or none for any
    /// @return the keys below a key, none when it is not there
    YamlMap section(String key, Set<String> known) {
        Node value = values.get(key);
        if (value != null && !(value instanceof MappingNode)) {
            throw new ConfigException(prefix + key + place(value) + " is a single value, want keys below it");
        }
        return new YamlMap(file, prefix + key + ".", (MappingNode) value, known);
    }

    List<YamlMap> sections(String key, Set<String> known) {
        List<YamlMap> sections = new ArrayList<>();
        if (!(values.get(key) instanceof SequenceNode list)) {
            throw new ConfigException(
                    "no list " + prefix + key + place(key) + ", want one or more entries with - name:");
        }
        for (Node entry : list.getValue()) {
            if (!(entry instanceof MappingNode map)) {
                throw new ConfigException(prefix + key + place(entry) + ", want keys as name:");
            }
            sections.add(new YamlMap(file, prefix + key + ".", map, known));
        }
        return sections;
    }

    private String scalar(String name, Node value) {
        if (!(value instanceof ScalarNode scalar)) {
            throw new ConfigException(name + place(value) + ", want a single value");
        }
        return scalar.getValue();
    }

    private String place(Node at) {
        return YamlText.at(at.getStartMark(), file);
    }
}
