package io.dlrm4j.cuda.api;

/// A matrix in device memory, column-major as cuBLASLt sees it: a row-major `[n, width]` is `width` rows, `n`
/// columns.
///
/// @param address device address
/// @param type of its elements
/// @param rows stored one after another
/// @param columns `pitch` elements apart
/// @param pitch elements from one column to the next
public record Matrix(long address, Type type, long rows, long columns, long pitch) {
    /// Types of elements.
    public enum Type {
        /// 32-bit float.
        FLOAT(0, Float.BYTES),
        /// 16-bit brain float.
        BF16(14, Short.BYTES);

        private final int number;
        private final int bytes;

        Type(int number, int bytes) {
            this.number = number;
            this.bytes = bytes;
        }

        /// @return the number by which CUDA's libraries know it
        int number() {
            return number;
        }

        /// @return bytes of an element
        public int bytes() {
            return bytes;
        }
    }
}
