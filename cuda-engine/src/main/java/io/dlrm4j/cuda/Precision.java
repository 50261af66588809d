package io.dlrm4j.cuda;

import io.dlrm4j.core.config.PrecisionKind;
import io.dlrm4j.cuda.api.CublasLt;
import io.dlrm4j.cuda.api.Matrix;

/// How matrix products multiply and how activations are stored. Weights, their gradients, rows of tables and
/// all sums are float in each of them.
enum Precision {
    /// Everything in float.
    FP32(CublasLt.Compute.FLOAT, Matrix.Type.FLOAT),
    /// Factors of matrix products are cut to 10 bits of mantissa.
    TF32(CublasLt.Compute.TF32, Matrix.Type.FLOAT),
    /// Activations, their gradients and an image of the weights are bfloat16.
    BF16(CublasLt.Compute.FLOAT, Matrix.Type.BF16);

    private final CublasLt.Compute compute;
    private final Matrix.Type activations;

    Precision(CublasLt.Compute compute, Matrix.Type activations) {
        this.compute = compute;
        this.activations = activations;
    }

    static Precision of(PrecisionKind kind) {
        return switch (kind) {
            case FP32 -> FP32;
            case TF32 -> TF32;
            case BF16 -> BF16;
        };
    }

    CublasLt.Compute compute() {
        return compute;
    }

    Matrix.Type activations() {
        return activations;
    }
}
