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

    /// @param index of a float of this parameter within the flat buffer
    /// @return as printed: `bot.0.weight[3, 5]`
    public String at(long index) {
        long within = index - offset;
        return shape.size() == 1
                ? "%s[%d]".formatted(name, within)
                : "%s[%d, %d]".formatted(name, within / shape.getLast(), within % shape.getLast());
    }

    /// @return number of floats
    public long count() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }
}
