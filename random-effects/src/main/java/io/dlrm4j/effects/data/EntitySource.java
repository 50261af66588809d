package io.dlrm4j.effects.data;

import java.io.Closeable;
import java.io.IOException;

/// Hands out entities one after the other, each with all its samples. Every entity comes once. One thread at a time.
public interface EntitySource extends Closeable {
    /// Reads the next entity.
    ///
    /// @param into where it goes; what it held before is forgotten
    /// @return false, with `into` left empty, when there is none
    /// @throws IOException naming file and place, when the next entity cannot be read
    boolean next(EntityData into) throws IOException;

    /// A data set that can be read from its beginning any number of times, in the same order each time.
    interface Repeatable {
        /// @return a source at the first entity, which the caller closes
        /// @throws IOException when the data cannot be opened
        EntitySource open() throws IOException;
    }
}
