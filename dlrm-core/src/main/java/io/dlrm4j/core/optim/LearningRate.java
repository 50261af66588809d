package io.dlrm4j.core.optim;

import io.dlrm4j.core.config.OptimizerConfig;

/// Learning rate by step: linear warm-up, then a plateau, then quadratic decay, as the reference implementation has it.
///
/// ```
/// rate  base ┤            ╷decayStart
///            │      ______|\
///   plateau ┤     /        \__
///            │   /            \____ base / decaySteps²
///            └──┴──┴───────┴───┴────────▶ step
///             warmupSteps    decaySteps
/// ```
///
/// With decay, the plateau lies at the last rate of the warm-up, `base (warmupSteps - 1) / warmupSteps`, not at `base`:
/// the reference keeps the last value it produced, and so does this. Without decay the plateau is `base`. A pure
/// function of the step, so a resumed job needs no state for it.
///
/// @param base rate of the plateau
/// @param warmupSteps steps of the warm-up; 0 or 1: none
/// @param decayStartStep first step of the decay, counted from 1; `warmupSteps` or more
/// @param decaySteps steps of the decay; 0: none
public record LearningRate(double base, int warmupSteps, int decayStartStep, int decaySteps) {
    /// Below this the decay does not go.
    private static final double FLOOR = 1e-7;

    /// @throws IllegalArgumentException when a number is negative or the decay would start before the warm-up ends
    public LearningRate {
        if (!(base >= 0 && base <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "optimizer.learning_rate=%s, want a finite number, 0 or more".formatted(base));
        }
        requireNotNegative("optimizer.warmup_steps", warmupSteps);
        requireNotNegative("optimizer.decay_start_step", decayStartStep);
        requireNotNegative("optimizer.decay_steps", decaySteps);
        if (decaySteps > 0 && decayStartStep < warmupSteps) {
            throw new IllegalArgumentException("optimizer.decay_start_step=%d, want optimizer.warmup_steps=%d or more"
                    .formatted(decayStartStep, warmupSteps));
        }
    }

    /// @return a rate that never changes
    public static LearningRate constant(double rate) {
        return new LearningRate(rate, 0, 0, 0);
    }

    /// @return the rate as configured
    /// @throws IllegalArgumentException naming the setting that does not fit
    public static LearningRate of(OptimizerConfig config) {
        return new LearningRate(
                config.getLearningRate(), config.getWarmupSteps(), config.getDecayStartStep(), config.getDecaySteps());
    }

    /// @param step updates done before this one, 0 for the first
    /// @return the rate of this update
    public double at(long step) {
        long count = step + 1;
        if (count < warmupSteps) {
            return warmup(count);
        }
        if (decaySteps == 0) {
            return base;
        }
        if (count < decayStartStep) {
            return warmupSteps > 1 ? warmup(warmupSteps - 1L) : base;
        }
        long left = decayStartStep + (long) decaySteps - count;
        double scale = Math.max(1, left) / (double) decaySteps; // after the decay its last rate is kept
        return Math.max(FLOOR, base * (scale * scale));
    }

    private double warmup(long count) {
        return base * (1.0 - (warmupSteps - count) / (double) warmupSteps);
    }

    private static void requireNotNegative(String setting, int value) {
        if (value < 0) {
            throw new IllegalArgumentException("%s=%d, want 0 or more".formatted(setting, value));
        }
    }
}
