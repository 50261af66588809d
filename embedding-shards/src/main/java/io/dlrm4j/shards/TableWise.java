package io.dlrm4j.shards;

/// The whole table on one rank.
///
/// @param rank the owner
public record TableWise(int rank) implements Placement {
    /// As printed in a plan.
    @Override
    public String toString() {
        return "table-wise on rank " + rank;
    }
}
