package io.dlrm4j.core.engine;

import io.dlrm4j.core.config.OptimizerKind;

/// An update rule and its constant.
///
/// @param kind SGD: `w -= lr g`; ADAGRAD: `s += g²`, `w -= lr g / (sqrt(s) + eps)`; ROW_WISE_ADAGRAD: the same with one
///     `s` a row, to which the mean of the row's `g²` is added (Duchi et al. 2011; the row-wise form as in the
/// reference
///     implementation)
/// @param eps added to the root
public record UpdateRule(OptimizerKind kind, float eps) {}
