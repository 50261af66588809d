package io.dlrm4j.effects.format;

import io.dlrm4j.core.data.DataException;
import java.io.Closeable;
import java.io.IOException;

/// Hands out samples one after the other, in the order of the file. One thread at a time.
public interface SampleReader extends Closeable {
    /// Reads the next sample.
    ///
    /// @param into where it goes; what it held before is forgotten
    /// @return false when there is none
    /// @throws DataException naming file, record and what is wrong
    /// @throws IOException when the file cannot be read
    boolean next(Sample into) throws IOException;
}
