package io.dlrm4j.effects.format.gdmix;

import com.google.protobuf.ByteString;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.example.BytesValues;
import io.dlrm4j.effects.example.Columns;
import io.dlrm4j.effects.example.Example;
import io.dlrm4j.effects.example.Feature;
import io.dlrm4j.effects.example.FloatValues;
import io.dlrm4j.effects.example.Int64Values;
import io.dlrm4j.effects.example.SequenceExample;
import io.dlrm4j.effects.example.StepColumns;
import io.dlrm4j.effects.example.Steps;
import io.dlrm4j.effects.format.SampleColumns;

/// Makes the messages of GDMix's TFRecords from samples: whole numbers where the metadata say int or long, 32-bit
/// floats where they say float or double, as TFRecords have nothing wider.
public final class ExampleMaker {
    private final SampleColumns columns;
    private final TensorMetadata metadata;

    /// @param columns the names of the columns; weight and offset are written where the metadata have them
    /// @param metadata of the data set
    public ExampleMaker(SampleColumns columns, TensorMetadata metadata) {
        this.columns = BagColumn.checked(columns, metadata);
        this.metadata = metadata;
    }

    /// @return one sample
    public Example example(EntityData data, int row) {
        Columns.Builder of = Columns.newBuilder();
        if (!columns.entity().isEmpty()) {
            of.putColumn(columns.entity(), entity(data.entity()));
        }
        putDense(of, data, row, row + 1);
        for (String bag : columns.bags()) {
            TensorMetadata.Column column = metadata.column(bag);
            if (column.sparse()) {
                of.putColumn(bag + BagColumn.INDICES, indices(data, row));
                of.putColumn(bag + BagColumn.VALUES, values(data, row));
            } else {
                of.putColumn(bag, dense(data, row, column.width()));
            }
        }
        return Example.newBuilder().setColumns(of).build();
    }

    /// @return all samples of an entity
    public SequenceExample sequence(EntityData data) {
        Columns.Builder context = Columns.newBuilder();
        context.putColumn(columns.entity(), entity(data.entity()));
        putDense(context, data, 0, data.rows());
        StepColumns.Builder steps = StepColumns.newBuilder();
        for (String bag : columns.bags()) {
            Steps.Builder indices = Steps.newBuilder();
            Steps.Builder values = Steps.newBuilder();
            for (int row = 0; row < data.rows(); row++) {
                indices.addStep(indices(data, row));
                values.addStep(values(data, row));
            }
            steps.putColumn(bag + BagColumn.INDICES, indices.build());
            steps.putColumn(bag + BagColumn.VALUES, values.build());
        }
        return SequenceExample.newBuilder().setContext(context).setSteps(steps).build();
    }

    private void putDense(Columns.Builder of, EntityData data, int from, int to) {
        Int64Values.Builder uids = Int64Values.newBuilder();
        for (int row = from; row < to; row++) {
            uids.addValue(data.uids()[row]);
        }
        of.putColumn(columns.uid(), Feature.newBuilder().setInt64Values(uids).build());
        put(of, columns.label(), data.labels(), from, to);
        put(of, columns.weight(), data.weights(), from, to);
        put(of, columns.offset(), data.offsets(), from, to);
    }

    private void put(Columns.Builder of, String name, double[] numbers, int from, int to) {
        if (name.isEmpty()) {
            return;
        }
        boolean whole = isWhole(metadata.column(name));
        Int64Values.Builder longs = Int64Values.newBuilder();
        FloatValues.Builder floats = FloatValues.newBuilder();
        for (int row = from; row < to; row++) {
            if (whole) {
                longs.addValue((long) numbers[row]);
            } else {
                floats.addValue((float) numbers[row]);
            }
        }
        of.putColumn(name, whole ? Feature.newBuilder().setInt64Values(longs).build() : floats(floats));
    }

    private static boolean isWhole(TensorMetadata.Column column) {
        return column.dtype() == TensorMetadata.Dtype.INT || column.dtype() == TensorMetadata.Dtype.LONG;
    }

    private Feature entity(String id) {
        if (isWhole(metadata.column(columns.entity()))) {
            return Feature.newBuilder()
                    .setInt64Values(Int64Values.newBuilder().addValue(Long.parseLong(id)))
                    .build();
        }
        return Feature.newBuilder()
                .setBytesValues(BytesValues.newBuilder().addValue(ByteString.copyFromUtf8(id)))
                .build();
    }

    private static Feature indices(EntityData data, int row) {
        Int64Values.Builder indices = Int64Values.newBuilder();
        for (int k = data.rowStarts()[row]; k < data.rowStarts()[row + 1]; k++) {
            indices.addValue(data.indices()[k]);
        }
        return Feature.newBuilder().setInt64Values(indices).build();
    }

    private static Feature values(EntityData data, int row) {
        FloatValues.Builder values = FloatValues.newBuilder();
        for (int k = data.rowStarts()[row]; k < data.rowStarts()[row + 1]; k++) {
            values.addValue((float) data.values()[k]);
        }
        return floats(values);
    }

    private static Feature dense(EntityData data, int row, int width) {
        float[] all = new float[width];
        for (int k = data.rowStarts()[row]; k < data.rowStarts()[row + 1]; k++) {
            all[data.indices()[k]] += (float) data.values()[k];
        }
        FloatValues.Builder values = FloatValues.newBuilder();
        for (float value : all) {
            values.addValue(value);
        }
        return floats(values);
    }

    private static Feature floats(FloatValues.Builder values) {
        return Feature.newBuilder().setFloatValues(values).build();
    }
}
