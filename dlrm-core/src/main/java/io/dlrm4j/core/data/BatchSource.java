package io.dlrm4j.core.data;

/// Samples in a fixed order, from which any range can be read as a global batch.
///
/// Every rank opens the same source and reads the same ranges; the [Batch] says which part of them this rank needs.
/// One thread at a time.
public interface BatchSource extends AutoCloseable {
    /// @return the columns
    Schema schema();

    /// @return number of samples
    long samples();

    /// Fills `into` with the samples `[first, first + count)`. Allocates nothing.
    ///
    /// @throws DataException when a value cannot be used, naming file, row, column and value
    void read(long first, int count, Batch into);

    @Override
    void close();
}
