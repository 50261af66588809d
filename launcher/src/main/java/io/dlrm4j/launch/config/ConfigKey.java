package io.dlrm4j.launch.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import io.dlrm4j.core.config.JobConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One value of the configuration: its dotted name and the way to it in the message.
///
/// @param name as people write it: `data.batch_size`
/// @param sections the fields that lead to it, outermost first
/// @param field the value itself
record ConfigKey(String name, List<FieldDescriptor> sections, FieldDescriptor field) {
    ConfigKey {
        sections = List.copyOf(sections);
    }

    /// @return every key of the configuration in the order of the message, by its name
    static Map<String, ConfigKey> all() {
        Map<String, ConfigKey> keys = new LinkedHashMap<>();
        collect(JobConfig.getDescriptor(), "", List.of(), keys);
        return keys;
    }

    private static void collect(
            Descriptor message, String prefix, List<FieldDescriptor> sections, Map<String, ConfigKey> into) {
        for (FieldDescriptor field : message.getFields()) {
            String name = prefix + field.getName();
            if (isSection(field)) {
                List<FieldDescriptor> deeper = new ArrayList<>(sections);
                deeper.add(field);
                collect(field.getMessageType(), name + ".", deeper, into);
            } else {
                into.put(name, new ConfigKey(name, sections, field));
            }
        }
    }

    static boolean isSection(FieldDescriptor field) {
        return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
    }

    /// @return the value in `config`, or its default
    Object get(JobConfig config) {
        MessageOrBuilder at = config;
        for (FieldDescriptor section : sections) {
            at = (MessageOrBuilder) at.getField(section);
        }
        return at.getField(field);
    }

    void set(JobConfig.Builder config, Object value) {
        Message.Builder at = config;
        for (FieldDescriptor section : sections) {
            at = at.getFieldBuilder(section);
        }
        at.setField(field, value);
    }
}
