package io.dlrm4j.effects.format.gdmix;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.example.Feature;
import io.dlrm4j.effects.example.SequenceExample;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.SampleReader;
import io.dlrm4j.effects.format.tfrecord.ExampleColumns;
import io.dlrm4j.effects.format.tfrecord.TfRecordReader;
import java.io.IOException;
import java.nio.file.Path;

/// Samples from TFRecords of either kind: a record is an `Example`, one sample, or a `SequenceExample`, all samples of
/// an entity. The context of the second lies where the first has its columns, so that a record tells itself: it has
/// steps, or several uids.
public final class TfRecordSamples implements SampleReader {
    private final TfRecordReader in;
    private final SampleColumns columns;
    private final TensorMetadata metadata;
    private final long firstUid;
    private final EntityData group = new EntityData();
    private int nextOfGroup;

    private TfRecordSamples(TfRecordReader in, SampleColumns columns, TensorMetadata metadata, long firstUid) {
        this.in = in;
        this.columns = columns;
        this.metadata = metadata;
        this.firstUid = firstUid;
    }

    /// @param columns which columns are read; at most one bag, whose features are lines of its feature list
    /// @param metadata of the data set
    /// @param firstUid the first sample's number where `columns` names no uid
    /// @throws DataException when the metadata have no such label, uid, entity or bag
    public static TfRecordSamples open(Path file, SampleColumns columns, TensorMetadata metadata, long firstUid)
            throws IOException {
        SampleColumns there = BagColumn.checked(columns, metadata);
        return new TfRecordSamples(TfRecordReader.open(file), there, metadata, firstUid);
    }

    @Override
    public boolean next(Sample into) throws IOException {
        while (nextOfGroup == group.rows()) {
            SequenceExample record = in.nextSequence();
            if (record == null) {
                return false;
            }
            try {
                Feature uids = record.getContext().getColumnMap().get(columns.uid());
                boolean grouped =
                        record.getSteps().getColumnCount() > 0 || (uids != null && ExampleColumns.size(uids) > 1);
                if (!grouped) {
                    ExampleSamples.fill(
                            record.getContext().getColumnMap(), columns, metadata, firstUid + in.record(), into);
                    return true;
                }
                SequenceEntities.requireGrouped(columns);
                group.begin("");
                nextOfGroup = 0;
                SequenceEntities.fill(record, columns, metadata, group);
            } catch (DataException | IllegalArgumentException e) {
                throw in.damaged(String.valueOf(e.getMessage()));
            }
        }
        int row = nextOfGroup++;
        into.begin(group.entity(), group.uids()[row], group.labels()[row], group.weights()[row], group.offsets()[row]);
        for (int k = group.rowStarts()[row]; k < group.rowStarts()[row + 1]; k++) {
            into.add(group.indices()[k], group.values()[k]);
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
