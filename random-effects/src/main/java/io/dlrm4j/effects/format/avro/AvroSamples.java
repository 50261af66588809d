package io.dlrm4j.effects.format.avro;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.SampleReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/// Samples from Avro records of any schema: `TrainingExampleAvro`, Photon's GAME records, GDMix's tensors.
///
/// A feature bag is one of
/// - an array of records of `name`, `term` (may be null) and `value`: every (name, term) is added to the index;
/// - a record of `indices` and `values`, GDMix's sparse tensor: an index is a line of the feature list;
/// - an array of numbers, GDMix's dense tensor, or one number: the position is a line of the feature list.
///
/// A name and term that occur twice in a sample count as their sum.
public final class AvroSamples implements SampleReader {
    private final AvroReader in;
    private final SampleColumns columns;
    private final FeatureIndex index;
    private final long firstUid;

    private AvroSamples(AvroReader in, SampleColumns columns, FeatureIndex index, long firstUid) {
        this.in = in;
        this.columns = columns;
        this.index = index;
        this.firstUid = firstUid;
    }

    /// @param file of records
    /// @param columns which fields are read; an entity may also be a key of the `metadataMap`
    /// @param index features are added to it; for tensors it is filled from the feature list beforehand
    /// @param firstUid the first sample's number where `columns` names no uid
    /// @throws DataException when the records have no such label or bag
    public static AvroSamples open(Path file, SampleColumns columns, FeatureIndex index, long firstUid)
            throws IOException {
        AvroReader in = AvroReader.open(file);
        try {
            requireField(file, in.schema(), columns.label(), "label");
            requireField(file, in.schema(), columns.uid(), "uid");
            for (String bag : columns.bags()) {
                requireField(file, in.schema(), bag, "feature bag");
            }
            return new AvroSamples(in, columns, index, firstUid);
        } catch (DataException e) {
            in.close();
            throw e;
        }
    }

    private static void requireField(Path file, Schema schema, String field, String use) {
        if (!field.isEmpty() && schema.getField(field) == null) {
            List<String> there =
                    schema.getFields().stream().map(Schema.Field::name).toList();
            throw new DataException("%s: no field %s for the %s; its fields are %s: name the one that is meant"
                    .formatted(file, field, use, String.join(", ", there)));
        }
    }

    @Override
    public boolean next(Sample into) throws IOException {
        GenericRecord record = in.next();
        if (record == null) {
            return false;
        }
        try {
            into.begin(
                    entity(record),
                    columns.uid().isEmpty()
                            ? firstUid + in.record()
                            : AvroFields.whole(AvroFields.value(record, columns.uid()), columns.uid()),
                    columns.label().isEmpty() ? 0 : number(record, columns.label(), Double.NaN),
                    columns.weight().isEmpty() ? 1 : number(record, columns.weight(), 1),
                    columns.offset().isEmpty() ? 0 : number(record, columns.offset(), 0));
            for (String bag : columns.bags()) {
                addBag(AvroFields.value(record, bag), bag, into);
            }
            return true;
        } catch (DataException e) {
            throw in.damaged(String.valueOf(e.getMessage()));
        }
    }

    private static double number(GenericRecord record, String field, double absent) {
        return AvroFields.number(AvroFields.value(record, field), field, absent);
    }

    private String entity(GenericRecord record) {
        String name = columns.entity();
        if (name.isEmpty()) {
            return "";
        }
        Object id = AvroFields.value(record, name);
        if (id == null && AvroFields.value(record, "metadataMap") instanceof Map<?, ?> map) {
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                if (name.contentEquals((CharSequence) entry.getKey())) {
                    id = entry.getValue();
                }
            }
        }
        String text = AvroFields.text(id, name);
        if (text == null) {
            throw new DataException("no %s, neither as a field nor in the metadataMap".formatted(name));
        }
        return text;
    }

    private void addBag(@Nullable Object bag, String name, Sample into) {
        switch (bag) {
            case null -> {}
            case Number one -> addNumbered(0, one, name, into);
            case GenericRecord tensor -> addTensor(tensor, name, into);
            case List<?> items -> {
                for (int i = 0; i < items.size(); i++) {
                    switch (items.get(i)) {
                        case null -> {}
                        case GenericRecord feature -> addNamed(feature, name, into);
                        case Object number -> addNumbered(i, number, name, into);
                    }
                }
            }
            default ->
                throw new DataException("field %s: %s is no feature bag"
                        .formatted(name, bag.getClass().getSimpleName()));
        }
    }

    private void addNamed(GenericRecord feature, String bag, Sample into) {
        String name = AvroFields.text(AvroFields.value(feature, "name"), bag + ".name");
        String term = AvroFields.text(AvroFields.value(feature, "term"), bag + ".term");
        if (name == null) {
            throw new DataException("field %s: a feature without a name".formatted(bag));
        }
        int number = index.add(name, term == null ? "" : term);
        if (number != FeatureIndex.INTERCEPT) { // whoever trains adds one
            into.add(number, AvroFields.number(AvroFields.value(feature, "value"), bag + ".value", Double.NaN));
        }
    }

    private void addTensor(GenericRecord tensor, String bag, Sample into) {
        List<?> indices = AvroFields.list(AvroFields.value(tensor, "indices"), bag + ".indices");
        List<?> values = AvroFields.list(AvroFields.value(tensor, "values"), bag + ".values");
        if (indices.size() != values.size()) {
            throw new DataException("field %s: %d indices and %d values".formatted(bag, indices.size(), values.size()));
        }
        for (int i = 0; i < indices.size(); i++) {
            addNumbered(AvroFields.whole(indices.get(i), bag + ".indices"), values.get(i), bag, into);
        }
    }

    private void addNumbered(long number, @Nullable Object value, String bag, Sample into) {
        if (number < 0 || number >= index.size()) {
            throw new DataException("field %s: feature %d, want 0 to %d, the lines of the feature list"
                    .formatted(bag, number, index.size() - 1));
        }
        into.add((int) number, AvroFields.number(value, bag, Double.NaN));
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
