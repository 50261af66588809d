package io.dlrm4j.core.blas;

import java.io.Serial;

/// A library of matrix products could not be loaded on this machine; the message says which and why.
public final class ProductsUnavailableException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    /// @param message which library and why
    public ProductsUnavailableException(String message) {
        super(message);
    }

    /// @param message which library and why
    /// @param cause what loading it threw
    public ProductsUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
