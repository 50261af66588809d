package io.dlrm4j.cuda;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.cuda.Kernels.Grid;
import io.dlrm4j.cuda.TablesPlan.Lookup;
import io.dlrm4j.cuda.TablesPlan.Moment;
import io.dlrm4j.cuda.TablesPlan.Slots;
import io.dlrm4j.cuda.TablesPlan.Vectors;
import io.dlrm4j.cuda.api.Driver;
import io.dlrm4j.cuda.api.Work;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One table on the card behind the engine's seam: ids travel there and pooled vectors back with each call, as
/// the exchange between ranks wants them on the host. What that takes is allocated with the first call,
/// because the whole step of a single rank does without.
final class CudaEmbeddingTable implements EmbeddingTable {
    private static final int FAULT_WORDS = 4;
    private static final int MOMENT_WORDS = 4;
    private static final int STEP_AT = 2 * Integer.BYTES;

    private final Card card;
    private final Supplier<Kernels> compiled;
    private final Kernels.Shape shape;
    private final DeviceRows rows;
    private final int maxSamples;
    private final int maxIds;
    private final UpdateRule rule;
    private @Nullable Door door;

    /// @param compiled gives the kernels for `shape`
    /// @param maxSamples samples of the largest batch
    /// @param maxIds ids of the largest batch
    CudaEmbeddingTable(
            Card card,
            Supplier<Kernels> compiled,
            Kernels.Shape shape,
            DeviceRows rows,
            int maxSamples,
            int maxIds,
            UpdateRule rule) {
        this.card = card;
        this.compiled = compiled;
        this.shape = shape;
        this.rows = rows;
        this.maxSamples = maxSamples;
        this.maxIds = maxIds;
        this.rule = rule;
    }

    /// @return the rows on the card
    DeviceRows onCard() {
        return rows;
    }

    UpdateRule rule() {
        return rule;
    }

    /// @param samples of a batch
    /// @param oneHot whether each has one id
    /// @return most ids of the batch
    int room(int samples, boolean oneHot) {
        return oneHot
                ? samples
                : Math.toIntExact(Math.ceilDiv((long) maxIds * samples, (long) Math.max(maxSamples, 1)));
    }

    /// Buffers and plans of calls through the seam.
    private final class Door {
        private final DeviceMemory memory = new DeviceMemory(card, rows.name());
        private final Kernels kernels = compiled.get();
        private final long ids = memory.words("ids", maxIds);
        private final long starts = memory.words("starts", maxSamples + 1L);
        private final long vectors = memory.words("vectors", (long) maxSamples * rows.padded());
        private final long exchanged = memory.words("vectors as the host has them", (long) maxSamples * rows.padded());
        private final long moment = memory.words("learning rate and step", MOMENT_WORDS);
        private final long fault = memory.words("fault", FAULT_WORDS);
        private final Slots slots = Slots.allocate(memory, rows, Math.min(maxIds, rows.count()));
        private final MemorySegment words = card.driver().allocateHost((long) FAULT_WORDS * Integer.BYTES);
        private final Map<Integer, Plan> plans = new HashMap<>();

        /// Everything for one number of samples, of one kind.
        private record Plan(TablesPlan table, Work toHost, Work fromHost) {}

        private Plan plan(int samples, boolean oneHot) {
            return plans.computeIfAbsent(oneHot ? samples : -samples, _ -> newPlan(samples, oneHot));
        }

        private Plan newPlan(int samples, boolean oneHot) {
            int padded = rows.padded();
            TablesPlan table = new TablesPlan(
                    card,
                    kernels,
                    shape,
                    memory,
                    List.of(new Lookup(rows, ids, oneHot ? 0 : starts, maxIds)),
                    new Vectors(vectors, vectors, padded, 0),
                    slots,
                    rule,
                    samples,
                    new Moment(moment, moment + STEP_AT),
                    fault);
            Grid each = Grid.of((long) samples * padded);
            Work toHost = kernels.launch(
                    "export_rows", each, vectors, (long) padded, exchanged, (long) padded, padded, samples);
            Work fromHost = kernels.launch(
                    "import_rows", each, exchanged, (long) padded, vectors, (long) padded, rows.dim(), padded, samples);
            return new Plan(table, toHost, fromHost);
        }

        /// Brings the ids to the card and has them checked.
        private Plan lookUp(Bags bags) {
            Ints bagStarts = bags.starts();
            Plan plan = plan(bags.count(), bagStarts == null);
            card.staging().write(ids, bags.ids(), bags.idCount());
            if (bagStarts != null) {
                card.staging().write(starts, bagStarts, bags.count() + 1L);
            }
            Driver driver = card.driver();
            driver.fill(fault, 0, FAULT_WORDS, card.main().stream());
            plan.table().check(card.main());
            return plan;
        }

        private void at(long step, float learningRate) {
            long stream = card.main().stream();
            card.driver().fill(moment, Float.floatToRawIntBits(learningRate), 1, stream);
            card.driver().fill(moment + STEP_AT, (int) step, 1, stream);
            card.driver().fill(moment + STEP_AT + Integer.BYTES, (int) (step >>> Integer.SIZE), 1, stream);
        }

        private boolean finite(String what) {
            card.driver().toHost(words, fault, words.byteSize(), card.main().stream());
            card.finish(what);
            return Fault.check(words, List.of(rows));
        }

        private void close() {
            card.driver().freeHost(words);
            memory.close();
        }
    }

    private Door door() {
        if (door == null) {
            door = new Door();
        }
        return door;
    }

    @Override
    public long rows() {
        return rows.count();
    }

    @Override
    public int dim() {
        return rows.dim();
    }

    @Override
    public int stateWidth() {
        return rows.stateWidth();
    }

    @Override
    public void pool(Bags bags, Floats out, long offset, int stride) {
        requireRoom(bags);
        if (bags.count() == 0) {
            return;
        }
        Door open = door();
        Door.Plan plan = open.lookUp(bags);
        plan.table().pool(card.main());
        plan.toHost().enqueue(card.main());
        open.finite("pooling of " + rows.name()); // what is not finite reaches the loss by itself
        card.staging().read(open.exchanged, rows.padded(), out, offset, stride, rows.dim(), bags.count());
    }

    @Override
    public void update(Bags bags, Floats gradients, long offset, int stride, float learningRate) {
        requireRoom(bags);
        if (bags.count() == 0) {
            return;
        }
        Door open = door();
        Door.Plan plan = open.lookUp(bags);
        card.staging().write(open.exchanged, rows.padded(), gradients, offset, stride, rows.dim(), bags.count());
        plan.fromHost().enqueue(card.main());
        open.at(card.step(), learningRate);
        plan.table().update(card.main());
        open.finite("update of " + rows.name());
    }

    private void requireRoom(Bags bags) {
        if (bags.count() > maxSamples) {
            throw new IllegalArgumentException(
                    "%s: batch of %d samples, want at most %d".formatted(rows.name(), bags.count(), maxSamples));
        }
        if (bags.idCount() < 0 || bags.idCount() > maxIds) {
            throw new IllegalArgumentException(
                    "%s: batch of %d ids, want at most %d".formatted(rows.name(), bags.idCount(), maxIds));
        }
    }

    @Override
    public void readWeights(long firstRow, long count, Floats out) {
        rows.readWeights(firstRow, count, out);
    }

    @Override
    public void writeWeights(long firstRow, long count, Floats in) {
        rows.writeWeights(firstRow, count, in);
    }

    @Override
    public void readState(long firstRow, long count, Floats out) {
        rows.readState(firstRow, count, out);
    }

    @Override
    public void writeState(long firstRow, long count, Floats in) {
        rows.writeState(firstRow, count, in);
    }

    @Override
    public void close() {
        if (door != null) {
            door.close();
            door = null;
        }
        rows.close();
    }
}
