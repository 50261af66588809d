package io.dlrm4j.effects.data;

import java.io.IOException;

/// Takes trained models one after the other.
public interface ModelSink {
    /// Takes the next model.
    ///
    /// @throws IOException when it cannot be written
    void accept(EntityModel model) throws IOException;
}
