package io.dlrm4j.cuda.api;

/// This machine cannot run the engine `cuda`: a library or a card is missing, or the card is too old.
public final class CudaUnavailableException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /// @param message what is missing, where it was looked for, and what to do
    public CudaUnavailableException(String message) {
        super(message);
    }
}
