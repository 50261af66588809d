package io.dlrm4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.engine.WholeStep;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.cuda.TablesPlan.Slots;
import io.dlrm4j.cuda.api.Driver;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

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
    private final boolean graphs;
    private final @Nullable CardWorld world;
    private final int mostBags;
    private final int[] numbers; // of this rank's tables among all
    private int started;
    private int finished;
    private boolean diverged;
    private boolean broken;

    /// One of the two batches under way.
    ///
    /// @param filled page-locked memory that the host fills
    /// @param arrived the same on the card
    /// @param result page-locked, the loss and what is wrong
    /// @param sent when `arrived` is there
    /// @param done when `result` is there; until then the slot is taken, as at most two steps are under way
    private record Slot(MemorySegment filled, long arrived, MemorySegment result, long sent, long done) {}

    /// @param tables of this rank
    /// @param world the other ranks' cards; null: there are none. Closed with the step
    /// @param graphs whether each step is one graph, or enqueued call by call
    CudaStep(
            Card card,
            Kernels.Shape shape,
            CudaDensePart dense,
            List<CudaEmbeddingTable> tables,
            @Nullable CardWorld world,
            boolean graphs,
            OffHeap host) {
        this.graphs = graphs;
        this.world = world;
        this.mostBags = world == null ? dense.maxSamples() : world.peers().maxGlobalBatch();
        this.numbers = world == null
                ? IntStream.range(0, tables.size()).toArray()
                : IntStream.range(0, world.peers().owners().size())
                        .filter(t ->
                                world.peers().owners().get(t) == world.peers().rank())
                        .toArray();
        this.card = card;
        this.driver = card.driver();
        this.dense = dense;
        this.tables = List.copyOf(tables);
        this.rows = tables.stream().map(CudaEmbeddingTable::onCard).toList();
        this.shape = shape;
        this.memory = new DeviceMemory(card, "step");
        this.logits = host.floats("logits of the step", dense.maxSamples());
        long bytes = InputLayout.most(denseWidth(), tables, dense.maxSamples(), mostBags);
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

    private int denseWidth() {
        return dense.parts().shape().bottom().getFirst();
    }

    private Slots scratch() {
        if (tables.isEmpty()) {
            return Slots.NONE;
        }
        long most = tables.stream()
                .mapToLong(table -> Math.min(table.room(mostBags, false), table.rows()))
                .sum();
        return Slots.allocate(memory, tables.getFirst().onCard(), most);
    }

    @Override
    public void start(Batch batch, float learningRate) {
        StepPlan plan = send(batch, learningRate);
        Slot slot = turns[started % MOST_UNDER_WAY];
        plan.enqueueTraining();
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
        await(slot.done(), "a training step");
        finished++;
        dense.moved();
        diverged |= !Fault.check(slot.result().asSlice(Double.BYTES), rows);
        diverged |= world != null && !Fault.checkAnywhere(slot.result().get(JAVA_INT, DenseBuffers.FAULT_ANYWHERE));
        return diverged ? Double.NaN : slot.result().get(JAVA_DOUBLE, 0);
    }

    @Override
    public Floats forward(Batch batch) {
        if (finished != started) {
            throw new IllegalStateException("the step: forward while a step is under way, want finish first");
        }
        StepPlan plan = send(batch, 0);
        Slot slot = turns[started % MOST_UNDER_WAY];
        plan.enqueueForward();
        driver.toHost(
                slot.result(), dense.parts().buffers().result(), slot.result().byteSize(), card.main().stream());
        driver.record(slot.done(), card.main().stream());
        await(slot.done(), "a step forward");
        card.staging().read(dense.parts().buffers().logits(), logits, batch.size());
        boolean finite = Fault.check(slot.result().asSlice(Double.BYTES), rows);
        if (!finite) {
            logits.slice(0, batch.size()).fill(Float.NaN);
        }
        return logits.slice(0, batch.size());
    }

    /// Waits for an event; other ranks' failures come through meanwhile.
    private void await(long event, String what) {
        broken = true; // until it has come
        card.await(
                event, what, world == null ? Thread::onSpinWait : world.peers().progress());
        broken = false;
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
        StepPlan plan = plans.get(batch.globalSize());
        if (plan == null) {
            Bags[] bags = Arrays.stream(numbers).mapToObj(batch::bags).toArray(Bags[]::new);
            InputLayout layout = InputLayout.of(bags, batch.size(), batch.globalSize(), denseWidth(), tables);
            plan = new StepPlan(card, shape, dense, tables, memory, slots, world, graphs, input, layout);
            plans.put(batch.globalSize(), plan);
        }
        Slot slot = turns[started % MOST_UNDER_WAY];
        fill(slot.filled(), plan.layout(), batch, learningRate, card.step());
        driver.toDevice(slot.arrived(), slot.filled(), plan.layout().bytes(), card.copies());
        driver.record(slot.sent(), card.copies());
        driver.wait(card.main().stream(), slot.sent());
        driver.copy(input, slot.arrived(), plan.layout().bytes(), card.main().stream());
        return plan;
    }

    private void fill(MemorySegment to, InputLayout layout, Batch batch, float learningRate, long step) {
        to.set(JAVA_FLOAT, InputLayout.RATE, learningRate);
        to.set(JAVA_FLOAT, InputLayout.SCALE, 1f / batch.globalSize());
        to.set(JAVA_LONG, InputLayout.STEP, step);
        copy(batch.labels().segment(), to, layout.labels(), batch.size());
        copy(batch.dense().segment(), to, layout.dense(), (long) batch.size() * layout.denseWidth());
        for (int t = 0; t < numbers.length; t++) {
            layout.copy(batch.bags(numbers[t]), t, to);
        }
    }

    private static void copy(MemorySegment from, MemorySegment to, long at, long words) {
        MemorySegment.copy(from, 0, to, at, words * Integer.BYTES);
    }

    @Override
    public void close() {
        if (world != null && (broken || started != finished)) {
            world.abort(); // the other ranks may never come to the steps under way
        }
        driver.synchronize(card.copies());
        driver.synchronize(card.main().stream());
        plans.values().forEach(StepPlan::close);
        if (world != null) {
            world.close();
        }
        for (Slot slot : turns) {
            driver.freeHost(slot.filled());
            driver.freeHost(slot.result());
            driver.destroyEvent(slot.sent());
            driver.destroyEvent(slot.done());
        }
        memory.close();
    }
}
