package io.dlrm4j.launch.config;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One value from text to what protobuf stores, and back.
final class ConfigValue {
    private static final Pattern NUMBER = Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
    private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9]{1,20}");

    private ConfigValue() {}

    /// @return the value of a single (not repeated) field, or of one entry of a list; null if the text is none
    static @Nullable Object parse(FieldDescriptor field, String text) {
        return switch (field.getType()) {
            case STRING -> text;
            case BOOL -> text.equals("true") ? Boolean.TRUE : text.equals("false") ? Boolean.FALSE : null;
            case ENUM -> field.getEnumType().findValueByName(lowerCaseOnly(text));
            case DOUBLE -> finite(text);
            case INT32 -> whole(text, () -> Integer.parseInt(text));
            case UINT32 -> whole(text, () -> Integer.parseUnsignedInt(text));
            case INT64 -> whole(text, () -> Long.parseLong(text));
            case UINT64 -> whole(text, () -> Long.parseUnsignedLong(text));
            default -> throw new IllegalStateException("no text form for fields of type " + field.getType());
        };
    }

    /// Reads a list written as `13-512-256-64-16`, `13,512` or `[13, 512]`; empty text is an empty list.
    ///
    /// @return the entries, or null if one is none
    static @Nullable List<Object> parseList(FieldDescriptor field, String text) {
        String inner = text.strip();
        if (inner.startsWith("[") && inner.endsWith("]")) {
            inner = inner.substring(1, inner.length() - 1).strip();
        }
        List<Object> values = new ArrayList<>();
        if (inner.isEmpty()) {
            return values;
        }
        boolean dashes = field.getType() != FieldDescriptor.Type.STRING && !inner.contains(",");
        for (String entry : inner.split(dashes ? "-" : ",", -1)) {
            Object value = parse(field, entry.strip());
            if (value == null) {
                return null;
            }
            values.add(value);
        }
        return values;
    }

    /// @return what a field takes, as said after `want`
    static String wanted(FieldDescriptor field) {
        if (field.isRepeated() && field.getType() == FieldDescriptor.Type.STRING) {
            return "names as [C3, C12]";
        }
        if (field.isRepeated()) {
            return "whole numbers as 512-256-1 or [512, 256, 1]";
        }
        return switch (field.getType()) {
            case STRING -> "a text";
            case BOOL -> "true or false";
            case ENUM -> enumNames(field);
            case DOUBLE -> "a number";
            case INT32 -> "a whole number up to " + Integer.MAX_VALUE;
            case UINT32 -> "a whole number from 0 to 4294967295";
            case INT64 -> "a whole number up to " + Long.MAX_VALUE;
            case UINT64 -> "a whole number from 0 to 18446744073709551615";
            default -> throw new IllegalStateException("no text form for fields of type " + field.getType());
        };
    }

    /// @return the text from which [#parse] reads the same value
    static String text(FieldDescriptor field, Object value) {
        return switch (field.getType()) {
            case ENUM -> ((EnumValueDescriptor) value).getName().toLowerCase(Locale.ROOT);
            case UINT32 -> Integer.toUnsignedString((Integer) value);
            case UINT64 -> Long.toUnsignedString((Long) value);
            default -> String.valueOf(value);
        };
    }

    /// @return the text of any value: a list as `[512, 256, 1]`
    static String anyText(FieldDescriptor field, Object value) {
        if (!field.isRepeated()) {
            return text(field, value);
        }
        List<String> entries = new ArrayList<>();
        for (Object entry : (List<?>) value) {
            entries.add(text(field, entry));
        }
        return "[" + String.join(", ", entries) + "]";
    }

    private static String lowerCaseOnly(String text) {
        return text.equals(text.toLowerCase(Locale.ROOT)) ? text.toUpperCase(Locale.ROOT) : "";
    }

    private static String enumNames(FieldDescriptor field) {
        List<String> names = new ArrayList<>();
        for (EnumValueDescriptor value : field.getEnumType().getValues()) {
            names.add(value.getName().toLowerCase(Locale.ROOT));
        }
        String last = names.removeLast();
        return String.join(", ", names) + " or " + last;
    }

    private static @Nullable Object finite(String text) {
        if (!NUMBER.matcher(text).matches()) {
            return null;
        }
        double value = Double.parseDouble(text);
        return Double.isFinite(value) ? value : null;
    }

    private interface Parse {
        Object value();
    }

    private static @Nullable Object whole(String text, Parse parse) {
        if (!WHOLE.matcher(text).matches()) {
            return null;
        }
        try {
            return parse.value();
        } catch (NumberFormatException outOfRange) {
            return null;
        }
    }
}
