package io.dlrm4j.cuda.api;

/// What a product does to its result before it writes it.
///
/// @param kind which
/// @param vector the bias, as wide as a column of the result; for [Kind#MASK_AND_BIAS_GRADIENT] receives the
///     sum of the columns
/// @param mask one bit for each element, set where a ReLU let it through
/// @param maskPitch bits from one column of the mask to the next, a multiple of 128
public record Epilogue(Kind kind, long vector, long mask, long maskPitch) {
    /// The result as it is.
    public static final Epilogue NONE = new Epilogue(Kind.NONE, 0, 0, 0);

    /// The fused epilogues in use, by cuBLASLt's numbers.
    public enum Kind {
        /// None.
        NONE(1),
        /// `relu(d + bias)`.
        BIAS_RELU(6),
        /// `relu(d + bias)`, and the mask is written.
        BIAS_RELU_WRITE_MASK(134),
        /// `d` where the mask is set, else 0, and the sum of the columns is written.
        MASK_AND_BIAS_GRADIENT(152);

        private final int number;

        Kind(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }
}
