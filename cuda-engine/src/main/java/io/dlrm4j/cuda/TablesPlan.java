package io.dlrm4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.cuda.Kernels.Grid;
import io.dlrm4j.cuda.api.Lane;
import io.dlrm4j.cuda.api.Work;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The tables' part of a step for one number of samples: check, pool, update, for one table or for all in one
/// launch.
final class TablesPlan {
    private static final long TABLE_BYTES = 56;

    private final Work check;
    private final Work pool;
    private final List<Work> update = new ArrayList<>();
    private final Card card;
    private final Slots slots;

    /// What is looked up in one table.
    ///
    /// @param rows the table
    /// @param ids device address of the row numbers
    /// @param starts device address of where each sample's ids start, 0 for one-hot
    /// @param room most ids there may be
    record Lookup(DeviceRows rows, long ids, long starts, int room) {}

    /// Where pooled vectors lie, and their gradients in the same places; strides in elements.
    ///
    /// @param values first vector of the first table
    /// @param gradients its gradient
    /// @param sampleStride from one sample to the next
    /// @param tableStride from one table to the next
    /// @param kind end of the names of the kernels that work on such vectors
    record Vectors(long values, long gradients, long sampleStride, long tableStride, String kind) {
        /// Among the features of a step on this card alone.
        static Vectors features(long values, long gradients, long sampleStride, long tableStride) {
            return new Vectors(values, gradients, sampleStride, tableStride, "");
        }

        /// As ranks exchange them; gradients come to where the vectors were.
        static Vectors exchanged(long vectors, int width, int dim) {
            return new Vectors(vectors, vectors, width, dim, "_exchanged");
        }
    }

    /// Where on the card the present step's numbers lie.
    ///
    /// @param rate the learning rate, a float
    /// @param step its number in the job, 64 bits
    record Moment(long rate, long step) {}

    /// Scratch where rows must know their whole gradient before they move: the rows that a step touches, each
    /// once.
    ///
    /// @param count how many, an integer
    /// @param table their tables, integers
    /// @param row their rows, integers
    /// @param sums sums of their gradients, floats, zero between steps
    record Slots(long count, long table, long row, long sums) {
        /// No scratch, for SGD of float rows.
        static final Slots NONE = new Slots(0, 0, 0, 0);

        /// @param rows a table for which they are
        /// @param most rows that one step may touch
        static Slots allocate(DeviceMemory memory, DeviceRows rows, long most) {
            if (!rows.needsSlots()) {
                return NONE;
            }
            return new Slots(
                    memory.filled("number of touched rows", 1, 0),
                    memory.words("tables of touched rows", most),
                    memory.words("touched rows", most),
                    memory.filled("gradients of touched rows", most * rows.padded(), 0));
        }

        private MemorySegment asStruct(Arena arena) {
            MemorySegment struct = arena.allocate(4 * Long.BYTES, Long.BYTES);
            long[] addresses = {count, table, row, sums};
            MemorySegment.copy(addresses, 0, struct, JAVA_LONG, 0, addresses.length);
            return struct;
        }
    }

    /// @param memory takes the description of the lookups
    /// @param shape what the kernels are compiled for
    /// @param fault device address of the four integers that say what is wrong
    TablesPlan(
            Card card,
            Kernels kernels,
            Kernels.Shape shape,
            DeviceMemory memory,
            List<Lookup> lookups,
            Vectors vectors,
            Slots slots,
            UpdateRule rule,
            int samples,
            Moment moment,
            long fault) {
        this.card = card;
        this.slots = slots;
        long tables = describe(card, memory, lookups);
        Grid threadEach = new Grid(Math.ceilDiv(samples, Kernels.THREADS), lookups.size(), Kernels.THREADS, 1, 0);
        Grid groupEach = new Grid(
                Math.ceilDiv((long) samples * shape.group(), (long) Kernels.THREADS),
                lookups.size(),
                Kernels.THREADS,
                1,
                0);
        check = kernels.launch("check_ids", threadEach, tables, samples, fault);
        pool = kernels.launch(
                "embedding_forward" + vectors.kind(),
                groupEach,
                tables,
                samples,
                vectors.values(),
                vectors.sampleStride(),
                vectors.tableStride(),
                fault);
        if (!lookups.getFirst().rows().needsSlots()) {
            update.add(kernels.launch(
                    "embedding_sgd" + vectors.kind(),
                    groupEach,
                    tables,
                    samples,
                    vectors.gradients(),
                    vectors.sampleStride(),
                    vectors.tableStride(),
                    moment.rate(),
                    fault));
            return;
        }
        long most = lookups.stream().mapToLong(Lookup::room).sum();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment scratch = slots.asStruct(arena);
            update.add(kernels.launch("slots_claim", threadEach, tables, samples, scratch, fault));
            update.add(kernels.launch(
                    "slots_add" + vectors.kind(),
                    groupEach,
                    tables,
                    samples,
                    vectors.gradients(),
                    vectors.sampleStride(),
                    vectors.tableStride(),
                    scratch,
                    fault));
            Grid groupOfSlot = Grid.of(most * shape.group());
            update.add(
                    switch (rule.kind()) {
                        case SGD ->
                            kernels.launch(
                                    "rows_sgd", groupOfSlot, tables, scratch, moment.rate(), moment.step(), fault);
                        case ADAGRAD ->
                            adagrad(kernels, "rows_adagrad", groupOfSlot, tables, scratch, moment, rule, fault);
                        case ROW_WISE_ADAGRAD ->
                            adagrad(
                                    kernels,
                                    "rows_row_wise_adagrad",
                                    groupOfSlot,
                                    tables,
                                    scratch,
                                    moment,
                                    rule,
                                    fault);
                    });
        }
    }

    private static Work adagrad(
            Kernels kernels,
            String kernel,
            Grid grid,
            long tables,
            MemorySegment scratch,
            Moment moment,
            UpdateRule rule,
            long fault) {
        return kernels.launch(kernel, grid, tables, scratch, moment.rate(), moment.step(), rule.eps(), fault);
    }

    /// Copies the struct `Table` of every lookup to the card.
    private static long describe(Card card, DeviceMemory memory, List<Lookup> lookups) {
        long tables = memory.bytes("description of the lookups", TABLE_BYTES * lookups.size());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment structs = arena.allocate(TABLE_BYTES * lookups.size(), Long.BYTES);
            for (int t = 0; t < lookups.size(); t++) {
                Lookup lookup = lookups.get(t);
                MemorySegment struct = structs.asSlice(t * TABLE_BYTES, TABLE_BYTES);
                struct.setAtIndex(JAVA_LONG, 0, lookup.rows().weights());
                struct.setAtIndex(JAVA_LONG, 1, lookup.rows().state());
                struct.setAtIndex(JAVA_LONG, 2, lookup.rows().slotOfRow());
                struct.setAtIndex(JAVA_LONG, 3, lookup.ids());
                struct.setAtIndex(JAVA_LONG, 4, lookup.starts());
                struct.setAtIndex(JAVA_INT, 10, Math.toIntExact(lookup.rows().count()));
                struct.setAtIndex(JAVA_INT, 11, lookup.room());
                struct.setAtIndex(JAVA_LONG, 6, lookup.rows().key());
            }
            card.staging().write(tables, new Floats(structs), structs.byteSize() / Float.BYTES);
        }
        return tables;
    }

    /// Enqueues what says whether the ids are good; what follows on rows does nothing if not.
    void check(Lane lane) {
        check.enqueue(lane);
    }

    /// Enqueues the pooling.
    void pool(Lane lane) {
        pool.enqueue(lane);
    }

    /// Enqueues the update of the rows looked up.
    void update(Lane lane) {
        if (slots.count() != 0) {
            card.driver().fill(slots.count(), 0, 1, lane.stream());
        }
        for (Work pass : update) {
            pass.enqueue(lane);
        }
    }
}
