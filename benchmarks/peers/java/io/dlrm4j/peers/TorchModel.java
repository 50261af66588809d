package io.dlrm4j.peers;

/// A way to write the training step.
interface TorchModel {
    /// Trains on one batch with SGD.
    ///
    /// @return the mean loss, read back
    double step(TorchBatch batch);
}
