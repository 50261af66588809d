package io.dlrm4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.engine.TableGroup;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.cuda.TablesPlan.Lookup;
import io.dlrm4j.cuda.TablesPlan.Moment;
import io.dlrm4j.cuda.TablesPlan.Slots;
import io.dlrm4j.cuda.TablesPlan.Vectors;
import io.dlrm4j.cuda.api.Driver;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Some tables on the card behind the engine's seam, as several ranks drive them: ids of all tables go there in
/// one copy, all tables are pooled by one kernel, straight into the layout in which ranks exchange the vectors,
/// and one copy brings them to where they leave for other ranks. All of it is on the side lane, so that the
/// bottom MLP runs beside it.
final class CudaTables implements TableGroup {
    private static final int FAULT_WORDS = 4;

    private final Card card;
    private final Driver driver;
    private final Kernels kernels;
    private final Kernels.Shape shape;
    private final List<CudaEmbeddingTable> tables;
    private final List<DeviceRows> rows;
    private final String names;
    private final int maxSamples;
    private final int width;
    private final DeviceMemory memory;
    private final MemorySegment filled;
    private final MemorySegment fault;
    private final long input;
    private final long vectors;
    private final long faultThere;
    private final Slots slots;
    private final long done;
    private final PageLocks locks;
    private final Map<Kind, Plan> plans = new HashMap<>();
    private boolean unsettled;

    /// Of batches for which one plan does. Tables that are moved row by row are looked up with bags, so the same number
    /// of samples may come either way; within a group of several tables each has its own.
    private record Kind(int samples, boolean firstIsOneHot) {}

    /// Everything for one kind of batch.
    private record Plan(InputLayout layout, TablesPlan work) {}

    /// @param kernels compiled for rows of this width
    /// @param tables one or more, of one width and update rule
    CudaTables(Card card, Kernels kernels, Kernels.Shape shape, List<CudaEmbeddingTable> tables) {
        this.card = card;
        this.driver = card.driver();
        this.kernels = kernels;
        this.shape = shape;
        this.tables = List.copyOf(tables);
        this.rows = tables.stream().map(CudaEmbeddingTable::onCard).toList();
        this.names = rows.size() == 1 ? rows.getFirst().name() : rows.size() + " tables";
        this.maxSamples = tables.getFirst().maxSamples();
        this.width = rows.size() * rows.getFirst().dim();
        this.memory = new DeviceMemory(card, names);
        long bytes = InputLayout.most(0, tables, maxSamples, maxSamples);
        this.filled = driver.allocateHost(bytes);
        this.fault = driver.allocateHost((long) FAULT_WORDS * Integer.BYTES);
        this.input = memory.bytes("ids", bytes);
        this.vectors = memory.words("vectors", (long) maxSamples * width);
        this.faultThere = memory.words("fault", FAULT_WORDS);
        long touched = tables.stream()
                .mapToLong(table -> Math.min(table.room(maxSamples, false), table.rows()))
                .sum();
        this.slots = Slots.allocate(memory, rows.getFirst(), touched);
        this.done = driver.createEvent(false);
        this.locks = new PageLocks(card);
    }

    private Plan plan(Bags[] bags, int samples) {
        Kind kind = new Kind(samples, bags[0].starts() == null);
        Plan plan = plans.get(kind);
        if (plan == null) {
            InputLayout layout = InputLayout.of(bags, samples, samples, 0, tables);
            List<Lookup> lookups = new ArrayList<>();
            for (int t = 0; t < tables.size(); t++) {
                long starts = layout.oneHot(t) ? 0 : input + layout.starts(t);
                lookups.add(new Lookup(rows.get(t), input + layout.ids(t), starts, layout.room(t)));
            }
            TablesPlan work = new TablesPlan(
                    card,
                    kernels,
                    shape,
                    memory,
                    lookups,
                    Vectors.exchanged(vectors, width, rows.getFirst().dim()),
                    slots,
                    tables.getFirst().rule(),
                    samples,
                    new Moment(input + InputLayout.RATE, input + InputLayout.STEP),
                    faultThere);
            plan = new Plan(layout, work);
            plans.put(kind, plan);
        }
        return plan;
    }

    /// Enqueues ids, rate and step, and the check of the ids.
    private Plan send(Bags[] bags, int samples, float learningRate) {
        settle();
        Plan plan = plan(bags, samples);
        InputLayout layout = plan.layout();
        filled.set(JAVA_FLOAT, InputLayout.RATE, learningRate);
        filled.set(JAVA_LONG, InputLayout.STEP, card.step());
        for (int t = 0; t < bags.length; t++) {
            layout.copy(bags[t], t, filled);
        }
        long side = card.side().stream();
        driver.toDevice(input, filled, layout.bytes(), side);
        driver.fill(faultThere, 0, FAULT_WORDS, side);
        plan.work().check(card.side());
        return plan;
    }

    private int samples(Bags[] bags) {
        int samples = bags[0].count();
        if (samples > maxSamples) {
            throw new IllegalArgumentException(
                    "%s: batch of %d samples, want at most %d".formatted(names, samples, maxSamples));
        }
        for (int t = 0; t < bags.length; t++) {
            tables.get(t).requireRoom(bags[t]);
        }
        return samples;
    }

    @Override
    public void pool(Bags[] bags, Floats out) {
        locks.lock(out.segment());
        pool(bags, out, 0, width);
    }

    /// @param out receives the vectors of sample `s` at `offset + s * stride`, table after table
    void pool(Bags[] bags, Floats out, long offset, int stride) {
        int samples = samples(bags);
        if (samples == 0) {
            return;
        }
        Plan plan = send(bags, samples, 0);
        plan.work().pool(card.side());
        if (stride == width) {
            MemorySegment piece = out.segment().asSlice(offset * Float.BYTES, (long) samples * width * Float.BYTES);
            driver.toHost(piece, vectors, piece.byteSize(), card.side().stream());
        } else {
            card.join();
            card.staging().read(vectors, width, out, offset, stride, width, samples);
        }
        unsettled = true;
        readFault();
        settle();
    }

    @Override
    public boolean update(Bags[] bags, Floats gradients, float learningRate) {
        locks.lock(gradients.segment());
        update(bags, gradients, 0, width, learningRate);
        return true;
    }

    /// @param gradients those of sample `s` at `offset + s * stride`, table after table
    void update(Bags[] bags, Floats gradients, long offset, int stride, float learningRate) {
        int samples = samples(bags);
        if (samples == 0) {
            return;
        }
        Plan plan = send(bags, samples, learningRate);
        if (stride == width) {
            MemorySegment piece =
                    gradients.segment().asSlice(offset * Float.BYTES, (long) samples * width * Float.BYTES);
            driver.toDevice(vectors, piece, piece.byteSize(), card.side().stream());
        } else {
            card.staging().write(vectors, width, gradients, offset, stride, width, samples);
        }
        plan.work().update(card.side());
        card.rowsMove();
        unsettled = true;
        readFault();
    }

    private void readFault() {
        driver.toHost(fault, faultThere, fault.byteSize(), card.side().stream());
        driver.record(done, card.side().stream());
    }

    /// Waits for what is under way. What is not finite reaches the loss by itself.
    ///
    /// @throws IllegalArgumentException when it met an id outside of its table; no row has moved
    void settle() {
        if (unsettled) {
            unsettled = false;
            card.await(done, "pooling or moving rows of " + names);
            Fault.check(fault, rows);
        }
    }

    @Override
    public void close() {
        driver.synchronize(card.side().stream());
        locks.close();
        driver.freeHost(filled);
        driver.freeHost(fault);
        driver.destroyEvent(done);
        memory.close();
    }
}
