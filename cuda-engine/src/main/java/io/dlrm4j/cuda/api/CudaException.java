package io.dlrm4j.cuda.api;

/// A function of NVIDIA's libraries failed.
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// @param message which function, with what status, for what
    public CudaException(String message) {
        super(message);
    }
}
