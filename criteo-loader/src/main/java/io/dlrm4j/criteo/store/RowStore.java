package io.dlrm4j.criteo.store;

import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.DataException;
import java.io.IOException;

/// Rows in files, numbered through. One thread at a time.
public interface RowStore extends AutoCloseable {
    /// @return how many rows from `row` on, at most `limit`, one call of [#read] can take
    int run(long row, int limit);

    /// Is called before the reads of a batch.
    ///
    /// @throws DataException when a file has changed so that it cannot be read safely
    void startBatch() throws IOException;

    /// Copies the rows `[row, row + count)` to the samples from `at` on of a batch whose global size is set: dense
    /// features and labels where they are this rank's, ids of the tables wanted there.
    ///
    /// @param count at most what [#run] says
    void read(long row, int count, int at, Batch into) throws IOException;

    @Override
    void close();
}
