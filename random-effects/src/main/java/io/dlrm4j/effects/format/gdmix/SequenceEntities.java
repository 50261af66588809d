package io.dlrm4j.effects.format.gdmix;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.example.Feature;
import io.dlrm4j.effects.example.SequenceExample;
import io.dlrm4j.effects.example.Steps;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.tfrecord.ExampleColumns;
import io.dlrm4j.effects.format.tfrecord.TfRecordReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Entities from TFRecords of `SequenceExample`, as GDMix's random effects have them: one record holds all samples of
/// an entity in one group. Dense columns are lists in the context, sparse ones have a step for each sample.
///
/// An entity whose samples were dealt into several passive groups comes once for each group.
public final class SequenceEntities implements EntitySource {
    private final List<Path> files;
    private final SampleColumns columns;
    private final TensorMetadata metadata;
    private int nextFile;
    private @Nullable TfRecordReader in;

    private SequenceEntities(List<Path> files, SampleColumns columns, TensorMetadata metadata) {
        this.files = files;
        this.columns = columns;
        this.metadata = metadata;
    }

    /// @param files read one after the other
    /// @param columns which columns are read: a uid, an entity, and at most one bag, whose features are lines of
    ///     its
    ///     feature list
    /// @param metadata of the data set
    /// @throws DataException when the metadata have no such column
    public static SequenceEntities open(List<Path> files, SampleColumns columns, TensorMetadata metadata) {
        requireGrouped(columns);
        return new SequenceEntities(List.copyOf(files), BagColumn.checked(columns, metadata), metadata);
    }

    static void requireGrouped(SampleColumns columns) {
        if (columns.entity().isEmpty() || columns.uid().isEmpty()) {
            throw new DataException("samples grouped by entity: entity=%s uid=%s, want the names of both columns"
                    .formatted(columns.entity(), columns.uid()));
        }
    }

    @Override
    public boolean next(EntityData into) throws IOException {
        into.begin("");
        while (true) {
            if (in == null) {
                if (nextFile == files.size()) {
                    return false;
                }
                in = TfRecordReader.open(files.get(nextFile++));
            }
            SequenceExample example = in.nextSequence();
            if (example == null) {
                in.close();
                in = null;
                continue;
            }
            try {
                fill(example, columns, metadata, into);
                return true;
            } catch (DataException | IllegalArgumentException e) {
                throw in.damaged(String.valueOf(e.getMessage()));
            }
        }
    }

    /// @param columns as checked against the metadata
    static void fill(SequenceExample example, SampleColumns columns, TensorMetadata metadata, EntityData into) {
        Map<String, Feature> context = example.getContext().getColumnMap();
        into.begin(ExampleColumns.text(context.get(columns.entity()), columns.entity(), 0));
        Feature uids = context.get(columns.uid());
        int samples = uids == null ? 0 : ExampleColumns.size(uids);
        for (int row = 0; row < samples; row++) {
            into.addRow(
                    ExampleColumns.whole(uids, columns.uid(), row),
                    columns.label().isEmpty() ? 0 : number(context, columns.label(), row, samples),
                    columns.weight().isEmpty() ? 1 : number(context, columns.weight(), row, samples),
                    columns.offset().isEmpty() ? 0 : number(context, columns.offset(), row, samples));
            for (String bag : columns.bags()) {
                TensorMetadata.Column column = metadata.column(bag);
                if (!column.sparse()) {
                    throw new DataException(
                            "column %s: a dense bag, want a sparse one in grouped samples".formatted(bag));
                }
                @Nullable Feature indices = step(example, bag + BagColumn.INDICES, row, samples);
                @Nullable Feature values = step(example, bag + BagColumn.VALUES, row, samples);
                BagColumn.add(column, indices, values, into::addFeature);
            }
        }
    }

    private static double number(Map<String, Feature> context, String name, int row, int samples) {
        Feature feature = context.get(name);
        if (feature != null && ExampleColumns.size(feature) != samples) {
            throw new DataException("column %s: %d values, want %d, one for each uid"
                    .formatted(name, ExampleColumns.size(feature), samples));
        }
        return ExampleColumns.number(feature, name, row);
    }

    private static @Nullable Feature step(SequenceExample example, String name, int row, int samples) {
        Steps steps = example.getSteps().getColumnMap().get(name);
        if (steps == null) {
            return null;
        }
        if (steps.getStepCount() != samples) {
            throw new DataException(
                    "column %s: %d steps, want %d, one for each uid".formatted(name, steps.getStepCount(), samples));
        }
        return steps.getStep(row);
    }

    @Override
    public void close() throws IOException {
        if (in != null) {
            in.close();
        }
    }
}
