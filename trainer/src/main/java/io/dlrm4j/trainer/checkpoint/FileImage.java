package io.dlrm4j.trainer.checkpoint;

import java.io.IOException;

/// One file of a checkpoint before it is written.
///
/// @param name within the checkpoint's folder
/// @param bytes its size
/// @param body gives its bytes
record FileImage(String name, long bytes, Body body) {
    /// Gives the bytes of a file, the same at each call while the model stands still.
    @FunctionalInterface
    interface Body {
        /// Writes all of them.
        void writeTo(Sink out) throws IOException;
    }
}
