package io.dlrm4j.core.engine;

import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that computes on one rank. Chosen once, by name, printed, and recorded in checkpoints.
public interface Engine extends AutoCloseable {
    /// @return the name by which it is chosen: `cpu`, `nd4j`, `cuda`
    String name();

    /// @return one line for the log: matrix products by what, vectors of which width
    String description();

    /// @param shape the model
    /// @param maxSamples samples of this rank's part of the largest batch
    /// @param rule update rule: `SGD` or `ADAGRAD`
    /// @param memory owns all buffers
    /// @return the dense part, its weights all zero
    DensePart dense(DlrmShape shape, int maxSamples, UpdateRule rule, OffHeap memory);

    /// @param name as printed: `table 13`
    /// @param rows number of rows
    /// @param dim width of a row
    /// @param maxSamples samples of the largest global batch
    /// @param maxIds ids of the largest global batch
    /// @param rule update rule
    /// @param memory owns all buffers
    /// @return the rows of one shard, all zero
    EmbeddingTable table(String name, long rows, int dim, int maxSamples, int maxIds, UpdateRule rule, OffHeap memory);

    /// @return the threads that compute; of one where the engine has none of its own
    Crew crew();

    /// Says which step of the job is started next, from 0 on: an engine that rounds at random draws from it, so
    /// that a resumed job draws what it would have drawn. Others do not mind.
    default void atStep(long step) {}

    /// Joins some tables to a group that is looked up and moved at once, where that is faster than table by table.
    ///
    /// @param tables of this engine, one or more, of one width and one update rule
    /// @param memory owns the host's buffers
    /// @return the group, to be closed before its tables; null: drive the tables one by one
    default @Nullable TableGroup tableGroup(List<EmbeddingTable> tables, OffHeap memory) {
        return null;
    }

    /// Joins the parts of a job of one rank to one step, where that is faster than piece by piece.
    ///
    /// @param dense of this engine
    /// @param tables of this engine, all of them, in the order of the model
    /// @param memory owns the host's buffers
    /// @return the step, to be closed before its parts; null: drive the parts one by one
    default @Nullable WholeStep wholeStep(DensePart dense, List<EmbeddingTable> tables, OffHeap memory) {
        return null;
    }

    /// Joins the parts of a job of several ranks to one step that the engine takes with the other ranks'
    /// engines, exchange and sums included. Every rank calls it at the same place; it waits for them.
    ///
    /// @param dense of this engine
    /// @param tables of this engine, those of this rank in the order of the model
    /// @param peers the ranks
    /// @param memory owns the host's buffers
    /// @return the step, whose losses are summed over all ranks, to be closed before its parts
    /// @throws IllegalArgumentException when this engine, or this machine, cannot, saying why
    default WholeStep wholeStep(DensePart dense, List<EmbeddingTable> tables, Peers peers, OffHeap memory) {
        throw new IllegalArgumentException(
                "comm.collectives=nccl with train.engine=%s, want the engine cuda, or host".formatted(name()));
    }

    @Override
    void close();
}
