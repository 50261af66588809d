package io.dlrm4j.criteo.npy;

/// The element types that are read and written, all little endian.
public enum NpyType {
    /// 32-bit float.
    FLOAT32("<f4", 4),
    /// 32-bit integer.
    INT32("<i4", 4),
    /// 64-bit integer.
    INT64("<i8", 8);

    private final String descr;
    private final int bytes;

    NpyType(String descr, int bytes) {
        this.descr = descr;
        this.bytes = bytes;
    }

    /// @return the name in a `.npy` header: `<f4`
    public String descr() {
        return descr;
    }

    /// @return bytes of one element
    public int bytes() {
        return bytes;
    }
}
