/// Matrix products: one small interface and who computes them.
///
/// Read [io.dlrm4j.core.blas.MatrixProducts] first; [io.dlrm4j.core.blas.SelectedProducts] chooses. Imports
/// `core.memory`; the only package that calls oneDNN and, beside the `nd4j` engine, `Nd4j.gemm`. Products own no memory
/// and start no threads: [io.dlrm4j.core.blas.BlasEnvironment] pins the libraries to one thread before they are loaded.
/// Every implementation may be called by several threads, except [io.dlrm4j.core.blas.Nd4jProducts]. Proven by
/// `MatrixProductsTest` (every implementation against plain loops) and `BlasEnvironmentTest`.
@NullMarked
package io.dlrm4j.core.blas;

import org.jspecify.annotations.NullMarked;
