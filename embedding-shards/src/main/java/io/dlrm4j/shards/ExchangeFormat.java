package io.dlrm4j.shards;

import io.dlrm4j.core.config.DctConfig;
import io.dlrm4j.core.config.WireConfig;
import io.dlrm4j.core.config.WireConfig.Format;

/// How pooled vectors and their gradients travel.
///
/// @param forward format of pooled vectors
/// @param backward format of their gradients
/// @param kept part of the values of a sample on its owner that travels, above 0 and up to 1: all
public record ExchangeFormat(Format forward, Format backward, double kept) {
    /// Every float as it is.
    public static final ExchangeFormat EXACT = new ExchangeFormat(Format.FP32, Format.FP32, 1);

    public ExchangeFormat {
        if (!(kept > 0 && kept <= 1)) {
            throw new IllegalArgumentException("dct.activations=%s, want more than 0, up to 1".formatted(kept));
        }
    }

    /// @return what a configuration says
    public static ExchangeFormat of(WireConfig wire, DctConfig dct) {
        return new ExchangeFormat(wire.getForward(), wire.getBackward(), dct.getActivations());
    }
}
