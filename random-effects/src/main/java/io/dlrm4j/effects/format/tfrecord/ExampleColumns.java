package io.dlrm4j.effects.format.tfrecord;

import com.google.protobuf.ByteString;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.example.Feature;
import org.jspecify.annotations.Nullable;

/// Takes numbers and texts out of columns; whole numbers serve as floating point ones, never the other way round.
public final class ExampleColumns {
    private ExampleColumns() {}

    /// @return how many values a column holds
    public static int size(Feature feature) {
        return switch (feature.getKindCase()) {
            case BYTES_VALUES -> feature.getBytesValues().getValueCount();
            case FLOAT_VALUES -> feature.getFloatValues().getValueCount();
            case INT64_VALUES -> feature.getInt64Values().getValueCount();
            case KIND_NOT_SET -> 0;
        };
    }

    /// @param name the column's, for the error
    /// @param at which value, from 0
    /// @throws DataException when the column has fewer values or holds texts
    public static double number(@Nullable Feature feature, String name, int at) {
        Feature held = held(feature, name, at);
        return switch (held.getKindCase()) {
            case FLOAT_VALUES -> held.getFloatValues().getValue(at);
            case INT64_VALUES -> held.getInt64Values().getValue(at);
            case BYTES_VALUES, KIND_NOT_SET -> throw wrong(name, held, "float_list or int64_list");
        };
    }

    /// @param name the column's, for the error
    /// @param at which value, from 0
    /// @throws DataException when the column has fewer values or holds anything but whole numbers
    public static long whole(@Nullable Feature feature, String name, int at) {
        Feature held = held(feature, name, at);
        if (held.getKindCase() != Feature.KindCase.INT64_VALUES) {
            throw wrong(name, held, "int64_list");
        }
        return held.getInt64Values().getValue(at);
    }

    /// @param name the column's, for the error
    /// @param at which value, from 0
    /// @return a text as it is, a whole number in decimal, as GDMix names entities
    /// @throws DataException when the column has fewer values, holds floats, or bytes that are no UTF-8
    public static String text(@Nullable Feature feature, String name, int at) {
        Feature held = held(feature, name, at);
        return switch (held.getKindCase()) {
            case BYTES_VALUES -> {
                ByteString bytes = held.getBytesValues().getValue(at);
                if (!bytes.isValidUtf8()) {
                    throw new DataException("column %s: value %d is no UTF-8 text".formatted(name, at));
                }
                yield bytes.toStringUtf8();
            }
            case INT64_VALUES -> Long.toString(held.getInt64Values().getValue(at));
            case FLOAT_VALUES, KIND_NOT_SET -> throw wrong(name, held, "bytes_list or int64_list");
        };
    }

    private static Feature held(@Nullable Feature feature, String name, int at) {
        if (feature == null) {
            throw new DataException("column %s: not there".formatted(name));
        }
        if (at >= size(feature)) {
            throw new DataException("column %s: %d values, want at least %d".formatted(name, size(feature), at + 1));
        }
        return feature;
    }

    private static DataException wrong(String name, Feature held, String want) {
        String kind = switch (held.getKindCase()) {
            case BYTES_VALUES -> "bytes_list";
            case FLOAT_VALUES -> "float_list";
            case INT64_VALUES -> "int64_list";
            case KIND_NOT_SET -> "nothing";
        };
        return new DataException("column %s: holds %s, want %s".formatted(name, kind, want));
    }
}
