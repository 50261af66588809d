package io.dlrm4j.trainer;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.trainer.feed.Schedule;
import java.util.StringJoiner;

/// Says where and at which samples a training left the numbers.
///
/// @param rank this rank
/// @param source what is trained on, read by nobody else now
/// @param schedule which samples belong to a step
record Divergence(int rank, BatchSource source, Schedule schedule) {
    /// @param step whose mean loss over all ranks is not finite
    DivergedException of(long step, double loss) {
        return new DivergedException("step %d: loss=%s on samples %d to %d of the epoch, want a finite number; %s"
                .formatted(step, loss, first(step), end(step), DivergedException.ADVICE));
    }

    /// @param step that met it
    DivergedException of(long step, NotFiniteException met) {
        String where = met.sample() < 0
                ? "in the batch of samples %d to %d of the epoch".formatted(first(step), end(step))
                : "at sample %d of the epoch, in the batch of samples %d to %d"
                        .formatted(first(step) + met.sample(), first(step), end(step));
        String rows = met.table() < 0 ? "" : ", " + rows(step, met.table(), met.sample());
        return new DivergedException("step %d: rank %d: %s%s, %s; %s"
                .formatted(step, rank, met.getMessage(), rows, where, DivergedException.ADVICE));
    }

    private long first(long step) {
        return schedule.first(step);
    }

    private long end(long step) {
        return schedule.first(step) + schedule.count(step);
    }

    /// Reads the batch again: ids of tables of other ranks are not kept here.
    private String rows(long step, int table, int sample) {
        boolean[] wanted = new boolean[source.schema().tables().size()];
        wanted[table] = true;
        int count = schedule.count(step);
        try (OffHeap memory = OffHeap.unlimited("a batch to look at")) {
            Batch batch = new Batch(memory, "looked at", source.schema(), count, 0, 1, wanted);
            source.read(first(step), count, batch);
            Bags bags = batch.bags(table);
            int end = bags.starts() == null ? sample + 1 : bags.start(sample + 1);
            StringJoiner rows = new StringJoiner(", ");
            for (int at = bags.start(sample); at < end; at++) {
                rows.add(Integer.toString(bags.ids().get(at)));
            }
            return (end - bags.start(sample) == 1 ? "the sum of row " : "the sum of rows ") + rows;
        }
    }
}
