package io.dlrm4j.effects.format.gdmix;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.example.Feature;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.tfrecord.ExampleColumns;
import org.jspecify.annotations.Nullable;

/// The features of one sample in one bag.
final class BagColumn {
    static final String INDICES = "_indices";
    static final String VALUES = "_values";

    private BagColumn() {}

    /// Takes a feature.
    interface Taker {
        void take(int index, double value);
    }

    /// Holds the wanted columns against the metadata: a label, a uid, an entity and bags must be there, weight and
    /// offset are left out where they are not.
    static SampleColumns checked(SampleColumns wanted, TensorMetadata metadata) {
        for (String name : new String[] {wanted.label(), wanted.uid(), wanted.entity()}) {
            if (!name.isEmpty()) {
                metadata.column(name);
            }
        }
        if (wanted.bags().size() > 1) {
            throw new DataException("feature bags %s: want one, features of GDMix's bags are lines of one feature list"
                    .formatted(wanted.bags()));
        }
        wanted.bags().forEach(bag -> metadata.column(bag).width());
        return new SampleColumns(
                wanted.uid(),
                wanted.label(),
                metadata.has(wanted.weight()) ? wanted.weight() : "",
                metadata.has(wanted.offset()) ? wanted.offset() : "",
                wanted.entity(),
                wanted.bags());
    }

    /// @param first the indices of a sparse bag, or the values of a dense one; null where the sample has none
    /// @param second the values of a sparse bag
    static void add(TensorMetadata.Column bag, @Nullable Feature first, @Nullable Feature second, Taker taker) {
        int size = first == null ? 0 : ExampleColumns.size(first);
        if (!bag.sparse()) {
            if (size != bag.width()) {
                throw new DataException("column %s: %d values, want %d".formatted(bag.name(), size, bag.width()));
            }
            for (int i = 0; i < size; i++) {
                taker.take(i, ExampleColumns.number(first, bag.name(), i));
            }
            return;
        }
        int values = second == null ? 0 : ExampleColumns.size(second);
        if (values != size) {
            throw new DataException("column %s: %d indices and %d values".formatted(bag.name(), size, values));
        }
        for (int i = 0; i < size; i++) {
            long index = ExampleColumns.whole(first, bag.name() + INDICES, i);
            if (index < 0 || index >= bag.width()) {
                throw new DataException(
                        "column %s: feature %d, want 0 to %d".formatted(bag.name(), index, bag.width() - 1));
            }
            taker.take((int) index, ExampleColumns.number(second, bag.name() + VALUES, i));
        }
    }
}
