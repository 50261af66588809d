package io.dlrm4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.engine.WholeStep;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.cuda.TablesPlan.Slots;
import io.dlrm4j.cuda.api.Driver;
import io.dlrm4j.cuda.api.Launcher;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A whole training step of one rank as one graph: nothing but a batch goes to the card, nothing but a loss
/// returns.
///
/// ```
/// host     fill A │ fill B │ loss A │ fill A …          page-locked, one of two
/// copies          │ A goes │ B goes │ …
/// main                     │ take A │ bottom ─┬─ interaction ─ top ─ loss ─ top backward ─┬─ bottom backward
/// ─ update │ … side                              │ pool ───╯      gradients of weights                 ╰─
/// update rows ────╯
/// ```
///
/// Two batches may be under way: while the card computes one, the next is filled and travels.
final class CudaStep implements WholeStep {
    private final Card card;
    private final Driver driver;
    private final Launcher launcher;
    private final CudaDensePart dense;
    private final List<CudaEmbeddingTable> tables;
    private final List<DeviceRows> rows;
    private final Kernels.Shape shape;
    private final DeviceMemory memory;
    private final Floats logits;
    private final Slots slots;
    private final Map<Integer, StepPlan> plans = new HashMap<>();
    private final Slot[] turns = new Slot[MOST_UNDER_WAY];
    private final long input;
    private int started;
    private int finished;
    private boolean diverged;

    /// One of the two batches under way.
    ///
    /// @param filled page-locked memory that the host fills
    /// @param arrived the same on the card
    /// @param result page-locked, the loss and what is wrong
    /// @param sent when `arrived` is there
    /// @param done when `result` is there; until then the slot is taken, as at most two steps are under way
    private record Slot(MemorySegment filled, long arrived, MemorySegment result, long sent, long done) {}

    CudaStep(Card card, Kernels.Shape shape, CudaDensePart dense, List<CudaEmbeddingTable> tables, OffHeap host) {
        this.card = card;
        this.driver = card.driver();
        this.launcher = card.libraries().launcher();
        this.dense = dense;
        this.tables = List.copyOf(tables);
        this.rows = tables.stream().map(CudaEmbeddingTable::onCard).toList();
        this.shape = shape;
        this.memory = new DeviceMemory(card, "step");
        this.logits = host.floats("logits of the step", dense.maxSamples());
        long bytes = InputLayout.most(dense.parts().shape(), tables, dense.maxSamples());
        this.input = memory.bytes("batch", bytes);
        for (int slot = 0; slot < MOST_UNDER_WAY; slot++) {
            turns[slot] = new Slot(
                    driver.allocateHost(bytes),
                    memory.bytes("batch that arrives", bytes),
                    driver.allocateHost(DenseBuffers.resultBytes()),
                    driver.createEvent(false),
                    driver.createEvent(false));
        }
        this.slots = scratch();
    }

    private Slots scratch() {
        if (tables.isEmpty()) {
            return Slots.NONE;
        }
        long most = tables.stream()
                .mapToLong(table -> Math.min(table.room(dense.maxSamples(), false), table.rows()))
                .sum();
        return Slots.allocate(memory, tables.getFirst().onCard(), most);
    }

    @Override
    public void start(Batch batch, float learningRate) {
        StepPlan plan = send(batch, learningRate);
        Slot slot = turns[started % MOST_UNDER_WAY];
        launcher.launch(plan.trainGraph(), card.main().stream());
        driver.toHost(
                slot.result(), dense.parts().buffers().result(), slot.result().byteSize(), card.main().stream());
        driver.record(slot.done(), card.main().stream());
        started++;
    }

    @Override
    public double finish() {
        if (finished == started) {
            throw new IllegalStateException("the step: finish without start");
        }
        Slot slot = turns[finished % MOST_UNDER_WAY];
        finished++;
        card.await(slot.done(), "a training step");
        dense.moved();
        diverged |= !Fault.check(slot.result().asSlice(Double.BYTES), rows);
        return diverged ? Double.NaN : slot.result().get(JAVA_DOUBLE, 0);
    }

    @Override
    public Floats forward(Batch batch) {
        if (finished != started) {
            throw new IllegalStateException("the step: forward while a step is under way, want finish first");
        }
        StepPlan plan = send(batch, 0);
        Slot slot = turns[started % MOST_UNDER_WAY];
        launcher.launch(plan.forwardGraph(), card.main().stream());
        driver.toHost(
                slot.result(), dense.parts().buffers().result(), slot.result().byteSize(), card.main().stream());
        card.staging().read(dense.parts().buffers().logits(), logits, batch.size());
        boolean finite = Fault.check(slot.result().asSlice(Double.BYTES), rows);
        if (!finite) {
            logits.slice(0, batch.size()).fill(Float.NaN);
        }
        return logits.slice(0, batch.size());
    }

    /// Fills the next slot and lets it go to the card, where the step's work, enqueued after this, finds it.
    private StepPlan send(Batch batch, float learningRate) {
        if (started - finished == MOST_UNDER_WAY) {
            throw new IllegalStateException("the step: %d are under way, want finish first".formatted(MOST_UNDER_WAY));
        }
        if (batch.size() > dense.maxSamples()) {
            throw new IllegalArgumentException(
                    "the step: batch of %d samples, want at most %d".formatted(batch.size(), dense.maxSamples()));
        }
        StepPlan plan = plans.get(batch.size());
        if (plan == null) {
            DlrmShape model = dense.parts().shape();
            plan = new StepPlan(card, shape, dense, tables, memory, slots, input, InputLayout.of(batch, model, tables));
            plans.put(batch.size(), plan);
        }
        Slot slot = turns[started % MOST_UNDER_WAY];
        fill(slot.filled(), plan.layout(), batch, learningRate, card.step());
        driver.toDevice(slot.arrived(), slot.filled(), plan.layout().bytes(), card.copies());
        driver.record(slot.sent(), card.copies());
        driver.wait(card.main().stream(), slot.sent());
        driver.copy(input, slot.arrived(), plan.layout().bytes(), card.main().stream());
        return plan;
    }

    private static void fill(MemorySegment to, InputLayout layout, Batch batch, float learningRate, long step) {
        to.set(JAVA_FLOAT, InputLayout.RATE, learningRate);
        to.set(JAVA_FLOAT, InputLayout.SCALE, 1f / batch.globalSize());
        to.set(JAVA_LONG, InputLayout.STEP, step);
        copy(batch.labels().segment(), to, layout.labels(), batch.size());
        copy(batch.dense().segment(), to, layout.dense(), (long) batch.size() * layout.denseWidth());
        for (int t = 0; t < batch.tables(); t++) {
            Bags bags = batch.bags(t);
            Ints starts = bags.starts();
            layout.require(t, starts == null, bags.idCount());
            copy(bags.ids().segment(), to, layout.ids(t), bags.idCount());
            if (starts != null) {
                copy(starts.segment(), to, layout.starts(t), bags.count() + 1L);
            }
        }
    }

    private static void copy(MemorySegment from, MemorySegment to, long at, long words) {
        MemorySegment.copy(from, 0, to, at, words * Integer.BYTES);
    }

    @Override
    public void close() {
        driver.synchronize(card.copies());
        driver.synchronize(card.main().stream());
        plans.values().forEach(StepPlan::close);
        for (Slot slot : turns) {
            driver.freeHost(slot.filled());
            driver.freeHost(slot.result());
            driver.destroyEvent(slot.sent());
            driver.destroyEvent(slot.done());
        }
        memory.close();
    }
}
