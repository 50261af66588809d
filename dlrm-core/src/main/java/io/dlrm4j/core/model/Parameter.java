package io.dlrm4j.core.model;

import java.util.List;

/// One weight or bias within the flat buffer of all MLP parameters.
///
/// @param name `bot.k.weight`, `bot.k.bias`, `top.k.weight` or `top.k.bias`, layer `k` from 0
/// @param shape a weight is `[out, in]` (y = x Wᵀ + b), a bias `[out]`
/// @param offset first float within the flat buffer
public record Parameter(String name, List<Long> shape, long offset) {
    public Parameter {
        shape = List.copyOf(shape);
    }

    /// @return number of floats
    public long count() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }
}
