package io.dlrm4j.launch.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.dlrm4j.core.config.JobConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// Walks a YAML document along the descriptor of `JobConfig`; each value goes to the builder with its place.
///
/// Works on YAML's nodes, before any conversion, since only nodes know their line and column.
final class YamlReader {
    private final String file;
    private final ConfigBuilder into;
    private final Map<String, ConfigKey> keys = ConfigKey.all();

    YamlReader(String file, ConfigBuilder into) {
        this.file = file;
        this.into = into;
    }

    void read(String text) {
        Optional<Node> root = YamlText.compose(text, file);
        if (root.isEmpty() || isEmpty(root.get())) {
            return;
        }
        if (!(root.get() instanceof MappingNode top)) {
            throw new ConfigException("no keys" + place(root.get()) + ", want sections as model: and data:");
        }
        section(top, JobConfig.getDescriptor(), "");
    }

    private void section(MappingNode node, Descriptor message, String prefix) {
        Map<String, String> seen = new HashMap<>();
        for (NodeTuple entry : node.getValue()) {
            if (!(entry.getKeyNode() instanceof ScalarNode keyNode)) {
                throw new ConfigException("a key that is no word" + place(entry.getKeyNode()));
            }
            String name = prefix + keyNode.getValue();
            String before = seen.put(name, place(keyNode));
            if (before != null) {
                throw new ConfigException("key " + name + " twice:" + before + " and" + place(keyNode));
            }
            FieldDescriptor field = message.findFieldByName(keyNode.getValue());
            if (field == null) {
                throw into.unknown(name, place(keyNode));
            }
            value(field, name, entry.getValueNode());
        }
    }

    private void value(FieldDescriptor field, String name, Node node) {
        if (ConfigKey.isSection(field)) {
            if (node instanceof MappingNode section) {
                section(section, field.getMessageType(), name + ".");
            } else if (!isEmpty(node)) {
                throw new ConfigException(name + place(node) + " is a single value, want keys below it");
            }
            return;
        }
        ConfigKey key = Objects.requireNonNull(keys.get(name), name);
        if (isEmpty(node)) {
            throw new ConfigException(name + " has no value" + place(node) + ", want " + ConfigValue.wanted(field));
        }
        into.put(key, text(key, node), place(node));
    }

    private String text(ConfigKey key, Node node) {
        if (node instanceof SequenceNode list && key.field().isRepeated()) {
            List<String> entries = new ArrayList<>();
            for (Node entry : list.getValue()) {
                entries.add(scalar(key, entry));
            }
            return "[" + String.join(", ", entries) + "]";
        }
        return scalar(key, node);
    }

    private String scalar(ConfigKey key, Node node) {
        if (!(node instanceof ScalarNode scalar)) {
            String what = node instanceof SequenceNode ? "a list" : "keys below it";
            throw new ConfigException(
                    key.name() + place(node) + " has " + what + ", want " + ConfigValue.wanted(key.field()));
        }
        boolean quoted = !scalar.isPlain();
        if (quoted && key.field().getType() != FieldDescriptor.Type.STRING) {
            throw ConfigBuilder.wrong(key, '"' + scalar.getValue() + '"', place(node));
        }
        return scalar.getValue();
    }

    private static boolean isEmpty(Node node) {
        return node.getTag().equals(Tag.NULL);
    }

    private String place(Node node) {
        return YamlText.at(node.getStartMark(), file);
    }
}
