package io.dlrm4j.core.blas;

import io.dlrm4j.core.memory.Floats;

/// Products of row-major float matrices without gaps between rows: the three forms that a linear layer needs.
///
/// | form | call | of a layer |
/// | --- | --- | --- |
/// | `A Bᵀ` | `multiply(KEEP, TRANSPOSE, batch, out, in, input, weight, output, false)` | forward |
/// | `A B` | `multiply(KEEP, KEEP, batch, in, out, dOutput, weight, dInput, false)` | gradient by the input |
/// | `Aᵀ B` | `multiply(TRANSPOSE, KEEP, out, in, batch, dOutput, input, dWeight, false)` | gradient by the weight |
public interface MatrixProducts {
    /// What happens to a factor before it is multiplied.
    enum Form {
        /// Taken as stored.
        KEEP,
        /// Transposed: stored with its rows and columns exchanged.
        TRANSPOSE
    }

    /// @return what multiplies, for the log: `oneDNN`
    String name();

    /// Computes `C = op(A) op(B)` or `C += op(A) op(B)`, m x k times k x n.
    ///
    /// @param formA of A, stored `[m, k]`, or `[k, m]` when transposed
    /// @param formB of B, stored `[k, n]`, or `[n, k]` when transposed
    /// @param m rows of C, 1 or more
    /// @param n columns of C, 1 or more
    /// @param k summands of each element, 1 or more
    /// @param a first factor; may be longer than needed
    /// @param b second factor; may be longer than needed
    /// @param c receives `[m, n]`; may be longer than needed, must not overlap A or B
    /// @param add whether the product is added to C, else C is overwritten
    void multiply(Form formA, Form formB, int m, int n, int k, Floats a, Floats b, Floats c, boolean add);
}
