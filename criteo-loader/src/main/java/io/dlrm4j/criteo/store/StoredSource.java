package io.dlrm4j.criteo.store;

import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.data.Schema;
import java.io.IOException;
import java.util.Locale;

/// The rows of a store in a given order.
public final class StoredSource implements BatchSource {
    private final Schema schema;
    private final RowStore store;
    private final RowOrder order;

    /// @param store closed with this source
    public StoredSource(Schema schema, RowStore store, RowOrder order) {
        this.schema = schema;
        this.store = store;
        this.order = order;
    }

    @Override
    public Schema schema() {
        return schema;
    }

    @Override
    public long samples() {
        return order.samples();
    }

    @Override
    public void read(long first, int count, Batch into) {
        if (first < 0 || count < 1 || first > samples() - count) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "samples %d to %d, want some of 0 to %d", first, first + count, samples()));
        }
        into.globalSize(count);
        try {
            store.startBatch();
            int at = 0;
            while (at < count) {
                long row = order.row(first + at);
                int run = consecutive(first + at, row, store.run(row, count - at));
                store.read(row, run, at, into);
                at += run;
            }
        } catch (InternalError e) { // what the JVM makes of a mapped file that shrinks at this very moment
            throw new DataException("prepared data: a file has shrunk while it was read", e);
        } catch (IOException e) {
            throw new DataException(
                    "prepared data: reading samples %d to %d: %s".formatted(first, first + count, e), e);
        }
    }

    /// Counts the samples that lie one after another in the store too, so that they are read at once.
    private int consecutive(long sample, long row, int limit) {
        int run = 1;
        while (run < limit && order.row(sample + run) == row + run) {
            run++;
        }
        return run;
    }

    @Override
    public void close() {
        store.close();
    }
}
