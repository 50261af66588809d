package io.dlrm4j.trainer.plan;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.model.DlrmShape;
import java.util.ArrayList;
import java.util.List;

/// What one step of a job has to do, whoever does it.
///
/// @param bottomMacs multiplications of a sample in the bottom MLP, forward
/// @param topMacs the same in interaction and top MLP
/// @param parameters floats of both MLPs
/// @param denseFeatures of a sample
/// @param dim width of rows
/// @param tables all of them
/// @param batch samples of the global batch
/// @param rule of the tables
/// @param weightBytes of a stored weight of a table
/// @param wireBytes of a number that travels
/// @param buckets sums in which MLP gradients travel
public record StepWork(
        double bottomMacs,
        double topMacs,
        long parameters,
        int denseFeatures,
        int dim,
        List<Table> tables,
        int batch,
        OptimizerKind rule,
        int weightBytes,
        int wireBytes,
        int buckets) {
    /// One table.
    ///
    /// @param rows of it
    /// @param pooling ids of a sample, mean
    public record Table(String name, long rows, double pooling) {}

    public StepWork {
        tables = List.copyOf(tables);
        if (batch < 1) {
            throw new IllegalArgumentException("batch of %d samples, want 1 or more".formatted(batch));
        }
    }

    /// @param schema names and most ids of a sample
    /// @param poolings mean ids of a sample for each table; empty: as many as there may be
    /// @return what a step of a job does
    public static StepWork of(JobConfig config, DlrmShape shape, Schema schema, List<Double> poolings) {
        List<Table> tables = new ArrayList<>();
        for (int t = 0; t < shape.tables().size(); t++) {
            Schema.Table column = schema.tables().get(t);
            double pooling = poolings.isEmpty() ? column.maxPooling() : poolings.get(t);
            tables.add(new Table(column.name(), shape.tables().get(t), pooling));
        }
        return new StepWork(
                macs(shape.bottom()),
                macs(shape.top()) + interactionMacs(shape),
                shape.denseParameterCount(),
                schema.denseFeatures(),
                shape.embeddingDim(),
                tables,
                config.getData().getBatchSize(),
                config.getOptimizer().getTables(),
                Float.BYTES,
                Float.BYTES,
                (int) Math.ceilDiv(
                        shape.denseParameterCount(), (long) config.getComm().getBucketFloats()));
    }

    /// @return multiplications of a sample in the dense part, forward
    static double macs(DlrmShape shape) {
        return macs(shape.bottom()) + macs(shape.top()) + interactionMacs(shape);
    }

    private static double interactionMacs(DlrmShape shape) {
        double features = shape.features();
        return shape.interaction() == InteractionKind.DOT ? features * features * shape.embeddingDim() : 0;
    }

    private static double macs(List<Integer> widths) {
        double macs = 0;
        for (int layer = 0; layer + 1 < widths.size(); layer++) {
            macs += (double) widths.get(layer) * widths.get(layer + 1);
        }
        return macs;
    }

    /// @return floating-point operations of a sample, forward and backward
    double denseFlops() {
        return 6 * (bottomMacs + topMacs);
    }

    /// @return rows of `table` that a batch touches, at most
    double touchedRows(Table table) {
        return Math.min((double) table.rows(), batch * table.pooling());
    }

    /// @return bytes of a table's weights
    long weightBytes(Table table) {
        return table.rows() * dim * weightBytes;
    }

    /// @return the same with another batch
    public StepWork withBatch(int samples) {
        return new StepWork(
                bottomMacs,
                topMacs,
                parameters,
                denseFeatures,
                dim,
                tables,
                samples,
                rule,
                weightBytes,
                wireBytes,
                buckets);
    }
}
