package io.dlrm4j.mlp;

import io.dlrm4j.core.config.DctConfig;
import io.dlrm4j.core.config.WireConfig;
import io.dlrm4j.core.config.WireConfig.Format;

/// How gradients of the MLPs travel to their sum.
///
/// @param format of every value
/// @param kept part of the gradients that travels, above 0 and up to 1: all
/// @param refreshSteps steps after which the threshold of those that travel is taken anew
public record SumFormat(Format format, double kept, int refreshSteps) {
    /// Every float as it is.
    public static final SumFormat EXACT = new SumFormat(Format.FP32, 1, 1);

    public SumFormat {
        if (!(kept > 0 && kept <= 1)) {
            throw new IllegalArgumentException("dct.gradients=%s, want more than 0, up to 1".formatted(kept));
        }
        if (refreshSteps < 1) {
            throw new IllegalArgumentException("dct.refresh_steps=%d, want 1 or more".formatted(refreshSteps));
        }
    }

    /// @return what a configuration says
    public static SumFormat of(WireConfig wire, DctConfig dct) {
        return new SumFormat(wire.getAllReduce(), dct.getGradients(), dct.getRefreshSteps());
    }
}
