package io.dlrm4j.effects.format.avro;

import io.dlrm4j.core.data.DataException;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/// Takes numbers and texts out of records of whatever schema: unions are looked through, numeric types are exchanged
/// where no digit is lost that the reader asks for.
public final class AvroFields {
    private AvroFields() {}

    /// @return the value, or null where the record has no such field or it is null
    public static @Nullable Object value(GenericRecord record, String field) {
        Schema.Field found = record.getSchema().getField(field);
        return found == null ? null : record.get(found.pos());
    }

    /// @return a number, a boolean as 0 or 1, or the number that a text holds; `absent` where there is none
    /// @throws DataException when it is something else
    public static double number(@Nullable Object value, String field, double absent) {
        return switch (value) {
            case null -> absent;
            case Number number -> number.doubleValue();
            case Boolean truth -> truth ? 1 : 0;
            case CharSequence text -> parsed(text.toString(), field);
            default -> throw wrong(value, field, "a number");
        };
    }

    private static double parsed(String text, String field) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new DataException("field %s: \"%s\", want a number".formatted(field, text), e);
        }
    }

    /// @return a whole number, or the one that a text holds
    /// @throws DataException when it is null or something else
    public static long whole(@Nullable Object value, String field) {
        if (value instanceof Long || value instanceof Integer) {
            return ((Number) value).longValue();
        }
        if (value instanceof CharSequence text) {
            try {
                return Long.parseLong(text.toString());
            } catch (NumberFormatException e) {
                throw new DataException(
                        "field %s: \"%s\", want a whole number; name no uid column to have samples numbered"
                                .formatted(field, text),
                        e);
            }
        }
        throw wrong(value, field, "a whole number; name no uid column to have samples numbered");
    }

    /// @return a text, or a number as text; null where there is none
    /// @throws DataException when it is something else
    public static @Nullable String text(@Nullable Object value, String field) {
        return switch (value) {
            case null -> null;
            case CharSequence text -> text.toString();
            case Number number -> number.toString();
            case Boolean truth -> truth.toString();
            default -> throw wrong(value, field, "a text");
        };
    }

    /// @return the items of an array; none where there is no array
    /// @throws DataException when it is something else
    public static List<?> list(@Nullable Object value, String field) {
        return switch (value) {
            case null -> List.of();
            case List<?> items -> items;
            default -> throw wrong(value, field, "an array");
        };
    }

    private static DataException wrong(@Nullable Object value, String field, String want) {
        return new DataException("field %s: %s, want %s"
                .formatted(
                        field,
                        value == null ? "null" : value.getClass().getSimpleName() + " " + shortened(value),
                        want));
    }

    private static String shortened(Object value) {
        String text = String.valueOf(value);
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
