package io.dlrm4j.trainer.plan;

import java.util.Comparator;
import java.util.List;

/// What a step of a plan takes.
///
/// @param batch samples of it
/// @param ranks by number
public record Prediction(int batch, List<Rank> ranks) {
    /// One rank.
    ///
    /// @param seconds of the step
    /// @param rows of these, rows looked up and moved
    /// @param dense MLPs, interaction and loss
    /// @param exchange vectors and their gradients
    /// @param sums of MLP gradients and data-parallel tables
    /// @param read by the reader's thread, which works at the same time
    /// @param sentBytes of a step, to other ranks
    /// @param memoryBytes tables, MLPs and buffers
    public record Rank(
            double seconds,
            double rows,
            double dense,
            double exchange,
            double sums,
            double read,
            double sentBytes,
            long memoryBytes) {}

    public Prediction {
        ranks = List.copyOf(ranks);
    }

    /// @return the slowest rank, for which all wait
    public Rank slowest() {
        return ranks.stream().max(Comparator.comparingDouble(Rank::seconds)).orElseThrow();
    }

    /// @return seconds of a step
    public double seconds() {
        return slowest().seconds();
    }

    /// @return samples a second, over all ranks
    public double samplesPerSecond() {
        return batch / seconds();
    }

    /// @return memory of the rank that takes most
    public long mostMemory() {
        return ranks.stream().mapToLong(Rank::memoryBytes).max().orElseThrow();
    }
}
