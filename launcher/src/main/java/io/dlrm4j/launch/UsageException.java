package io.dlrm4j.launch;

/// A request that cannot work, found before anything started; exit code 2.
final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// @param message one line: what = value, what is wanted, and what to do
    UsageException(String message) {
        super(message);
    }
}
