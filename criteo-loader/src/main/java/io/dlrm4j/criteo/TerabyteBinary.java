package io.dlrm4j.criteo;

import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.criteo.store.BinaryRows;
import io.dlrm4j.criteo.store.RowOrder;
import io.dlrm4j.criteo.store.StoredSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A file of MLPerf's DLRM benchmark (`train_data.bin` and the like) that has no manifest: 40 `int32` a row, the label,
/// 13 integers of which `ln(1 + x)` is taken, 26 ids.
public final class TerabyteBinary {
    private TerabyteBinary() {}

    /// @param file the records
    /// @param schema 13 dense features and 26 tables; every id must be below the rows of its table
    /// @param maxIndRange ids are taken modulo this; 0: they are not
    /// @return the rows in file order
    public static BatchSource open(Path file, Schema schema, long maxIndRange) throws IOException {
        BinaryRows rows = BinaryRows.open(List.of(file), schema, maxIndRange);
        return new StoredSource(schema, rows, RowOrder.range(0, rows.rows()));
    }
}
