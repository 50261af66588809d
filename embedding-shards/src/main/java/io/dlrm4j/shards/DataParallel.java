package io.dlrm4j.shards;

/// A copy of the table on every rank, for tables that are small or looked up by every sample: vectors never travel, and
/// the gradients of the rows of a batch are summed over all ranks.
public record DataParallel() implements Placement {
    /// As printed in a plan.
    @Override
    public String toString() {
        return "data-parallel on all ranks";
    }
}
