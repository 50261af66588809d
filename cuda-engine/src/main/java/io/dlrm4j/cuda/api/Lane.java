package io.dlrm4j.cuda.api;

/// A stream with scratch memory of its own for matrix products, so that products on different lanes may run at
/// once.
///
/// @param stream the stream
/// @param workspace device memory of [#WORKSPACE] bytes
public record Lane(long stream, long workspace) {
    /// Bytes that an algorithm of a product may use.
    public static final long WORKSPACE = 32L << 20;
}
