package io.dlrm4j.core.engine;

import java.util.List;

/// The ranks of a job, for an engine that takes the step of all of them together, exchange and sums included
/// ([Engine#wholeStep(DensePart, List, Peers, io.dlrm4j.core.memory.OffHeap)]).
///
/// @param rank of this process, from 0
/// @param size number of ranks
/// @param owners rank that holds each table, whole
/// @param maxGlobalBatch samples of the largest batch over all ranks
/// @param gather gives every rank the facts of every rank, by rank; every rank calls it at the same place
/// @param progress called now and then while this rank waits for its card; throws when another rank is lost
public record Peers(int rank, int size, List<Integer> owners, int maxGlobalBatch, Gather gather, Runnable progress) {
    public Peers {
        owners = List.copyOf(owners);
    }

    /// The way of small facts.
    @FunctionalInterface
    public interface Gather {
        /// @return the bytes of every rank, by rank
        byte[][] all(byte[] mine);
    }

    /// @return tables that `rank` holds
    public int tablesOf(int rank) {
        return (int) owners.stream().filter(owner -> owner == rank).count();
    }
}
