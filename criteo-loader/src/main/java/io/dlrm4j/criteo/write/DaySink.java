package io.dlrm4j.criteo.write;

import io.dlrm4j.criteo.store.Manifest;
import java.io.IOException;
import java.util.List;

/// Where rows go, day by day, in one of the layouts.
interface DaySink extends AutoCloseable {
    /// Appends the rows `[from, to)` of these to the present day.
    ///
    /// @param labels 0 or 1, `[rows]`
    /// @param dense features, `[rows, dense]`; for layouts that hold logarithms
    /// @param counts integers, `[rows, dense]`; for layouts that hold them as they are
    /// @param ids row numbers, `[rows, tables]`
    void append(int from, int to, int[] labels, float[] dense, int[] counts, int[] ids) throws IOException;

    /// Ends the present day; the next row belongs to the next.
    void endDay() throws IOException;

    /// Cuts what was written, as however many days, into days of these sizes.
    void cut(List<Long> rowsPerDay) throws IOException;

    /// Completes all files.
    ///
    /// @return rows of each day
    List<Long> finish() throws IOException;

    /// @return sizes and checksums of finished files that are known without reading them
    List<Manifest.FileEntry> knownEntries();

    /// @return where the ids of all days but the last are, once finished
    List<StoredIds> trainingIds();

    /// @return where the ids of the last day are, once finished
    List<StoredIds> lastDayIds();

    @Override
    void close() throws IOException;
}
