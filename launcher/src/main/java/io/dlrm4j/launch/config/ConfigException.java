package io.dlrm4j.launch.config;

/// A configuration that cannot be used; the message is one line naming key, value, place and what is wanted.
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// @param message key, value, place and what is wanted
    public ConfigException(String message) {
        super(message);
    }

    /// @param message key, value, place and what is wanted
    /// @param cause what the system said
    public ConfigException(String message, Throwable cause) {
        super(message, cause);
    }
}
