package io.dlrm4j.core.nn;

import io.dlrm4j.core.blas.MatrixProducts;
import io.dlrm4j.core.kernel.DenseKernels;

/// Who computes: handed to every part of a network.
///
/// @param products matrix products
/// @param kernels everything else
public record Numerics(MatrixProducts products, DenseKernels kernels) {}
