package io.dlrm4j.launch;

/// A job that ended without success; the message names the rank at fault.
final class FailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int exitCode;

    /// @param exitCode the exit code of the program
    FailedException(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
