package io.dlrm4j.effects.format.gdmix;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.example.Example;
import io.dlrm4j.effects.example.Feature;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.SampleReader;
import io.dlrm4j.effects.format.tfrecord.ExampleColumns;
import io.dlrm4j.effects.format.tfrecord.TfRecordReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Samples from TFRecords of `Example`, as GDMix's fixed effects have them: one value a scalar column, a sparse bag B
/// as `B_indices` and `B_values`, a dense one as a list.
public final class ExampleSamples implements SampleReader {
    private final TfRecordReader in;
    private final SampleColumns columns;
    private final TensorMetadata metadata;
    private final long firstUid;

    private ExampleSamples(TfRecordReader in, SampleColumns columns, TensorMetadata metadata, long firstUid) {
        this.in = in;
        this.columns = columns;
        this.metadata = metadata;
        this.firstUid = firstUid;
    }

    /// @param columns which columns are read; at most one bag, whose features are lines of its feature list
    /// @param metadata of the data set
    /// @param firstUid the first sample's number where `columns` names no uid
    /// @throws DataException when the metadata have no such label or bag
    public static ExampleSamples open(Path file, SampleColumns columns, TensorMetadata metadata, long firstUid)
            throws IOException {
        SampleColumns there = BagColumn.checked(columns, metadata);
        return new ExampleSamples(TfRecordReader.open(file), there, metadata, firstUid);
    }

    @Override
    public boolean next(Sample into) throws IOException {
        Example example = in.nextExample();
        if (example == null) {
            return false;
        }
        try {
            fill(example.getColumns().getColumnMap(), columns, metadata, firstUid + in.record(), into);
            return true;
        } catch (DataException e) {
            throw in.damaged(String.valueOf(e.getMessage()));
        }
    }

    /// @param of the record's columns
    /// @param columns as checked against the metadata
    /// @param number the sample's where there is no uid
    static void fill(
            Map<String, Feature> of, SampleColumns columns, TensorMetadata metadata, long number, Sample into) {
        into.begin(
                columns.entity().isEmpty() ? "" : ExampleColumns.text(of.get(columns.entity()), columns.entity(), 0),
                columns.uid().isEmpty() ? number : ExampleColumns.whole(of.get(columns.uid()), columns.uid(), 0),
                columns.label().isEmpty() ? 0 : scalar(of, columns.label()),
                columns.weight().isEmpty() ? 1 : scalar(of, columns.weight()),
                columns.offset().isEmpty() ? 0 : scalar(of, columns.offset()));
        for (String bag : columns.bags()) {
            TensorMetadata.Column column = metadata.column(bag);
            @Nullable Feature first = of.get(column.sparse() ? bag + BagColumn.INDICES : bag);
            @Nullable Feature second = column.sparse() ? of.get(bag + BagColumn.VALUES) : null;
            BagColumn.add(column, first, second, into::add);
        }
    }

    private static double scalar(Map<String, Feature> of, String name) {
        Feature feature = of.get(name);
        double value = ExampleColumns.number(feature, name, 0);
        if (feature != null && ExampleColumns.size(feature) > 1) {
            throw new DataException("column %s: %d values, want one".formatted(name, ExampleColumns.size(feature)));
        }
        return value;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
