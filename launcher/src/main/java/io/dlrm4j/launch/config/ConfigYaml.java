package io.dlrm4j.launch.config;

import com.google.protobuf.Descriptors.FieldDescriptor;
import io.dlrm4j.core.config.JobConfig;
import java.util.List;

/// Prints a configuration as YAML with every value, defaults included; [ConfigBuilder] reads it back to the same
/// message.
public final class ConfigYaml {
    private ConfigYaml() {}

    /// @return one line a section and a value, in the order of the message
    public static String print(JobConfig config) {
        StringBuilder yaml = new StringBuilder();
        List<FieldDescriptor> open = List.of();
        for (ConfigKey key : ConfigKey.all().values()) {
            for (int depth = 0; depth < key.sections().size(); depth++) {
                boolean isOpen = depth < open.size()
                        && open.get(depth).equals(key.sections().get(depth));
                if (!isOpen) {
                    line(yaml, depth, key.sections().get(depth).getName() + ":");
                }
            }
            open = key.sections();
            line(yaml, open.size(), key.field().getName() + ": " + value(key.field(), key.get(config)));
        }
        return yaml.toString();
    }

    private static void line(StringBuilder yaml, int depth, String text) {
        yaml.repeat("  ", depth).append(text).append('\n');
    }

    private static String value(FieldDescriptor field, Object value) {
        String text = ConfigValue.anyText(field, value);
        return field.getType() == FieldDescriptor.Type.STRING ? quoted(text) : text;
    }

    /// Double-quoted style takes any text, with escapes for quotes, backslashes and what cannot be printed.
    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c >= 0x7f) {
                out.append("\\u").append("%04x".formatted((int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
