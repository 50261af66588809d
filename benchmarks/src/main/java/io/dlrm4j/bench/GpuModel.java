package io.dlrm4j.bench;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.PrecisionKind;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.model.DlrmShape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// A model that is timed, and the least work a step of it is.
///
/// @param shape the sizes
/// @param hotness ids of a sample in each table
record GpuModel(DlrmShape shape, List<Integer> hotness) {
    private static final int DENSE = 13;
    private static final long MLPERF_ROWS = 2_000_000; // so that all tables fit one card

    private static final long TINY_ROWS = 40;

    private static final List<Long> KAGGLE_ROWS = List.of(
            1460L, 583L, 10131227L, 2202608L, 305L, 24L, 12517L, 633L, 3L, 93145L, 5683L, 8351593L, 3194L, 27L, 14992L,
            5461306L, 10L, 5652L, 2173L, 4L, 7046547L, 18L, 15L, 286181L, 105L, 142572L);

    /// MLPerf Training's DLRM-DCNv2 benchmark.
    private static final List<Integer> MLPERF_HOTNESS =
            List.of(3, 2, 1, 2, 6, 1, 1, 1, 1, 7, 3, 8, 1, 6, 9, 5, 1, 1, 1, 12, 100, 27, 10, 3, 1, 1);

    /// @param name `kaggle`, `mlperf`, `mlperf-multihot`, or `tiny` to rehearse with
    /// @param mostRows of a table
    static GpuModel named(String name, long mostRows) {
        List<Integer> one = Collections.nCopies(KAGGLE_ROWS.size(), 1);
        return switch (name) {
            case "kaggle" -> of(16, List.of(512, 256, 64), List.of(512, 256), mostRows, one);
            case "tiny" -> of(8, List.of(16), List.of(24, 8), Math.min(mostRows, TINY_ROWS), List.of(2, 1, 3));
            case "mlperf" ->
                of(128, List.of(512, 256), List.of(1024, 1024, 512, 256), Math.min(mostRows, MLPERF_ROWS), one);
            case "mlperf-multihot" ->
                of(
                        128,
                        List.of(512, 256),
                        List.of(1024, 1024, 512, 256),
                        Math.min(mostRows, MLPERF_ROWS),
                        MLPERF_HOTNESS);
            default ->
                throw new IllegalArgumentException(
                        "shapes=%s, want kaggle, mlperf, mlperf-multihot or tiny".formatted(name));
        };
    }

    private static GpuModel of(int dim, List<Integer> bottom, List<Integer> top, long mostRows, List<Integer> hotness) {
        int features = hotness.size() + 1;
        List<Integer> bottomWidths = new ArrayList<>(List.of(DENSE));
        bottomWidths.addAll(bottom);
        bottomWidths.add(dim);
        List<Integer> topWidths = new ArrayList<>(List.of(dim + features * (features - 1) / 2));
        topWidths.addAll(top);
        topWidths.add(1);
        List<Long> rows = new ArrayList<>();
        for (long count : KAGGLE_ROWS.subList(0, hotness.size())) {
            rows.add(Math.min(count, mostRows));
        }
        return new GpuModel(
                new DlrmShape(dim, bottomWidths, topWidths, rows, InteractionKind.DOT, false, LossKind.BCE), hotness);
    }

    /// @return the columns of its batches
    Schema schema() {
        List<Schema.Table> tables = new ArrayList<>();
        for (int t = 0; t < hotness.size(); t++) {
            tables.add(new Schema.Table("C" + (t + 1), shape.tables().get(t), hotness.get(t)));
        }
        return new Schema(DENSE, tables);
    }

    /// @return ids of a sample
    int lookups() {
        return hotness.stream().mapToInt(Integer::intValue).sum();
    }

    /// @return floating-point operations of one sample: three products a layer, and the interaction three times
    double flopsOfSample() {
        double flops = 0;
        for (List<Integer> mlp : List.of(shape.bottom(), shape.top())) {
            for (int k = 0; k + 1 < mlp.size(); k++) {
                flops += 3 * 2.0 * mlp.get(k) * mlp.get(k + 1);
            }
        }
        flops -= 2.0 * shape.bottom().get(0) * shape.bottom().get(1); // nobody needs the gradient by the data
        double pairs = shape.features() * (shape.features() - 1) / 2.0;
        return flops + 3 * 2 * pairs * shape.embeddingDim();
    }

    /// @param rowBytes of one weight of a table
    /// @return bytes that one sample moves at least, were nothing kept in a cache: each row read, then read
    ///     and written; each vector of features written, read twice, its gradient written and read; each
    ///     activation of the MLPs written, read forward and for the weights, its gradient written and read
    ///     twice
    double bytesOfSample(PrecisionKind precision, int rowBytes) {
        int bytes = precision == PrecisionKind.BF16 ? 2 : 4;
        double rows = 3.0 * lookups() * shape.embeddingDim() * rowBytes;
        double features = 5.0 * shape.features() * shape.embeddingDim() * bytes;
        double widths = shape.interactionWidth();
        widths += shape.bottom().subList(1, shape.bottom().size() - 1).stream()
                .mapToInt(w -> w)
                .sum();
        widths += shape.top().subList(1, shape.top().size() - 1).stream()
                .mapToInt(w -> w)
                .sum();
        return rows + features + 6.0 * widths * bytes + 4.0 * (DENSE + 1 + lookups());
    }

    /// @return what an H200 reaches in matrix products: 55, 400 and 780 TFLOP/s
    static double flopsPerMicrosecond(PrecisionKind precision) {
        return switch (precision) {
            case FP32 -> 55e6;
            case TF32 -> 400e6;
            case BF16 -> 780e6;
        };
    }
}
