package io.dlrm4j.effects.format.json;

import com.fasterxml.jackson.databind.JsonNode;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.SampleColumns;

/// A sample out of a JSON object, whose keys are the columns:
///
/// ```
/// {"uid": 7, "label": 1, "offset": -0.3, "user": "u1", "age": 33, "genre": "drama", "tags": ["long", "sad"],
///  "bag": [{"name": "f", "term": "2", "value": 0.5}], "tensor": {"indices": [0, 4], "values": [1, 0.5]}}
/// ```
///
/// | value | features |
/// | --- | --- |
/// | number, true or false | (column, "") with that value |
/// | text, list of texts | (column, text) with the value 1 for each |
/// | list of numbers | (column, position) with that value |
/// | list of objects of name, term, value | (name, term) with the value: a feature bag |
/// | object of indices and values | (column, number); where it is numbered, the features of those numbers in the
/// index |
/// | null, or no such key | none |
public final class JsonSample {
    private final SampleColumns columns;
    private final FeatureIndex index;
    private final boolean numbered;

    /// @param columns which keys are read; bags are the columns that give features
    /// @param index features are added to it
    /// @param numbered whether indices are lines of a feature list, which has filled the index
    public JsonSample(SampleColumns columns, FeatureIndex index, boolean numbered) {
        this.columns = columns;
        this.index = index;
        this.numbered = numbered;
    }

    /// @param record an object
    /// @param number the sample's where `columns` names no uid
    /// @param into where it goes
    /// @throws DataException when a wanted column is missing or holds something else
    public void read(JsonNode record, long number, Sample into) {
        if (!record.isObject()) {
            throw new DataException("no object, want {\"column\": value, …}");
        }
        into.begin(
                columns.entity().isEmpty() ? "" : text(record, columns.entity()),
                columns.uid().isEmpty() ? number : whole(record, columns.uid()),
                columns.label().isEmpty() ? 0 : number(record, columns.label(), Double.NaN),
                columns.weight().isEmpty() ? 1 : number(record, columns.weight(), 1),
                columns.offset().isEmpty() ? 0 : number(record, columns.offset(), 0));
        for (String column : columns.bags()) {
            add(record.path(column), column, into);
        }
    }

    private static String text(JsonNode record, String column) {
        JsonNode value = record.path(column);
        if (!value.isTextual() && !value.isIntegralNumber()) {
            throw new DataException("column %s: %s, want an entity's id: a text or a whole number"
                    .formatted(column, value.isMissingNode() ? "not there" : shortened(value)));
        }
        return value.asText();
    }

    private static long whole(JsonNode record, String column) {
        JsonNode value = record.path(column);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw new DataException("column %s: %s, want a whole number; name no uid column to have samples numbered"
                    .formatted(column, value.isMissingNode() ? "not there" : shortened(value)));
        }
        return value.longValue();
    }

    private static double number(JsonNode record, String column, double absent) {
        JsonNode value = record.path(column);
        if (value.isMissingNode() || value.isNull()) {
            if (Double.isNaN(absent)) {
                throw new DataException("column %s: not there, want a number".formatted(column));
            }
            return absent;
        }
        return number(value, column);
    }

    private static double number(JsonNode value, String column) {
        if (value.isBoolean()) {
            return value.booleanValue() ? 1 : 0;
        }
        if (!value.isNumber()) {
            throw new DataException("column %s: %s, want a number".formatted(column, shortened(value)));
        }
        return value.doubleValue();
    }

    private void add(JsonNode value, String column, Sample into) {
        switch (value.getNodeType()) {
            case NUMBER, BOOLEAN -> into.add(index.add(column, ""), number(value, column));
            case STRING -> into.add(index.add(column, value.textValue()), 1);
            case ARRAY -> {
                for (int i = 0; i < value.size(); i++) {
                    addItem(value.get(i), i, column, into);
                }
            }
            case OBJECT -> addTensor(value, column, into);
            default -> {} // null or not there
        }
    }

    private void addItem(JsonNode item, int position, String column, Sample into) {
        if (item.isObject()) {
            int feature =
                    index.add(required(item, "name", column), item.path("term").asText(""));
            if (feature != FeatureIndex.INTERCEPT) { // whoever trains adds one
                into.add(feature, number(item.path("value"), column + ".value"));
            }
        } else if (item.isTextual()) {
            into.add(index.add(column, item.textValue()), 1);
        } else if (!item.isNull()) {
            into.add(index.add(column, Integer.toString(position)), number(item, column));
        }
    }

    private static String required(JsonNode item, String key, String column) {
        JsonNode value = item.path(key);
        if (!value.isTextual()) {
            throw new DataException("column %s: a feature without %s".formatted(column, key));
        }
        return value.textValue();
    }

    private void addTensor(JsonNode tensor, String column, Sample into) {
        JsonNode indices = tensor.path("indices");
        JsonNode values = tensor.path("values");
        if (!indices.isArray() || !values.isArray() || indices.size() != values.size()) {
            throw new DataException(
                    "column %s: %s, want as many indices as values".formatted(column, shortened(tensor)));
        }
        for (int i = 0; i < indices.size(); i++) {
            JsonNode at = indices.get(i);
            if (!at.isIntegralNumber() || (numbered && (at.longValue() < 0 || at.longValue() >= index.size()))) {
                throw new DataException("column %s: feature %s, want a whole number%s"
                        .formatted(column, shortened(at), numbered ? " from 0 to " + (index.size() - 1) : ""));
            }
            int feature = numbered ? at.intValue() : index.add(column, at.asText());
            into.add(feature, number(values.get(i), column + ".values"));
        }
    }

    private static String shortened(JsonNode value) {
        String text = value.toString();
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
