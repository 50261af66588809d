package io.dlrm4j.shards;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.NotFinite;
import io.dlrm4j.core.data.Partition;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.engine.Crew;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.TableGroup;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// All tables on all ranks as one: looks up pooled vectors of this rank's samples, and takes their gradients back.
///
/// Gradients arrive scaled by one over the *global* batch (the scale given to the loss), so an owner applies what a
/// single rank would: N ranks equal one rank for every update rule. (The reference implementation scales by the local
/// batch, which only SGD can make good by another rate.)
///
/// One step: [#startLookup], its `await`, forward and backward with [#pooled], [#startUpdate], its `await`, [#update].
/// A step allocates nothing here.
public final class ShardedTables implements AutoCloseable {
    private final Communicator communicator;
    private final ExchangeLayout layout;
    private final int dim;
    private final Crew crew;
    private final List<Shard> shards;
    private final List<Shard> whole; // those of table-wise tables
    private final SpreadTables[] spread; // all others; an array, to walk over it without an iterator
    private final @Nullable TableGroup group; // of the whole tables; null: table by table
    private final Bags[] bagsHere;
    private final Floats vectorsHere;
    private final Floats gradientsHere;
    private final PooledVectors pooled;
    private final VectorExchange exchange;
    private final Lookup lookup = new Lookup();
    private final Update update;

    private ShardedTables(
            DlrmShape shape,
            Schema schema,
            ShardingPlan plan,
            OptimizerKind kind,
            List<Shard> shards,
            Engine engine,
            ExchangeFormat format,
            Communicator communicator,
            int maxGlobalBatch,
            OffHeap memory) {
        this.communicator = communicator;
        this.crew = engine.crew();
        this.dim = shape.embeddingDim();
        this.layout = new ExchangeLayout(plan, communicator.rank(), dim);
        this.shards = shards;
        this.whole = shards.stream()
                .filter(shard -> plan.isWhole(shard.spec().table()))
                .toList();
        List<EmbeddingTable> rows = whole.stream().map(Shard::rows).toList();
        this.group = rows.isEmpty() || plan.ranks() == 1 ? null : engine.tableGroup(rows, memory);
        this.bagsHere = new Bags[whole.size()];
        this.update = new Update();
        int tables = shape.tables().size();
        int samplesHere = Partition.maxSize(maxGlobalBatch, plan.ranks());
        long room = (long) samplesHere * tables * dim;
        Floats values = memory.floats("pooled vectors", room);
        Floats gradients = memory.sharedFloats("gradients of pooled vectors", room);
        this.pooled = new PooledVectors(values, gradients, tables);
        this.spread =
                SpreadTables.of(plan, schema, kind, shards, pooled, dim, format, communicator, maxGlobalBatch, memory);
        if (plan.ranks() == 1) { // both sides of the exchange are the same memory
            this.vectorsHere = values;
            this.gradientsHere = gradients;
        } else { // vectors have left before gradients arrive
            this.vectorsHere = memory.sharedFloats("vectors of own tables", (long) maxGlobalBatch * whole.size() * dim);
            this.gradientsHere = vectorsHere;
        }
        this.exchange = new VectorExchange(
                "vectors", format, dim, layout.widths(), vectorsHere.length(), room, communicator, memory);
    }

    /// @param shape the model
    /// @param schema most ids of a sample in each table
    /// @param plan where every table lies
    /// @param engine makes the rows of this rank
    /// @param rule update rule of all tables
    /// @param format how vectors and their gradients travel
    /// @param communicator the way to the other ranks; stays the caller's
    /// @param maxGlobalBatch samples of the largest batch over all ranks
    /// @param memory owns all buffers
    /// @return the tables, all rows zero
    public static ShardedTables create(
            DlrmShape shape,
            Schema schema,
            ShardingPlan plan,
            Engine engine,
            UpdateRule rule,
            ExchangeFormat format,
            Communicator communicator,
            int maxGlobalBatch,
            OffHeap memory) {
        if (plan.ranks() != communicator.size()) {
            throw new IllegalArgumentException(
                    "sharding plan for %d ranks, want %d, as there are".formatted(plan.ranks(), communicator.size()));
        }
        if (schema.tables().size() != shape.tables().size()) {
            throw new IllegalArgumentException("schema of %d tables, want %d, as the model"
                    .formatted(schema.tables().size(), shape.tables().size()));
        }
        List<Shard> shards = new ArrayList<>();
        for (ShardSpec spec : plan.shardsOf(communicator.rank(), shape)) {
            int maxPooling = schema.tables().get(spec.table()).maxPooling();
            int maxIds = Math.multiplyExact(maxGlobalBatch, maxPooling);
            Placement placement = plan.placements().get(spec.table());
            boolean joined = placement instanceof ColumnWise && rule.kind() == OptimizerKind.ROW_WISE_ADAGRAD;
            boolean byRow = joined || placement instanceof DataParallel; // moved by row, not by sample
            String name = "table " + spec.table();
            EmbeddingTable rows = engine.table(
                    name,
                    spec.rows(),
                    spec.columns(),
                    byRow ? maxIds : maxGlobalBatch,
                    maxIds,
                    joined ? new UpdateRule(OptimizerKind.SGD, rule.eps()) : rule,
                    memory);
            shards.add(new Shard(
                    spec,
                    joined ? new ColumnAdagrad(name, rows, shape.embeddingDim(), maxIds, rule.eps(), memory) : rows));
        }
        return new ShardedTables(
                shape,
                schema,
                plan,
                rule.kind(),
                List.copyOf(shards),
                engine,
                format,
                communicator,
                maxGlobalBatch,
                memory);
    }

    /// Pools this rank's tables for all samples of the batch and starts sending each rank the vectors of its samples.
    /// After `await` they are in [#pooled].
    ///
    /// @param batch with the ids of this rank's tables ([ShardingPlan#wantedIds])
    /// @param exact whether vectors travel as floats, whatever the format: for an evaluation, after which no
    ///     gradients come
    public Pending startLookup(Batch batch, boolean exact) {
        requireNothingOpen("lookup");
        layout.set(batch.globalSize(), pooled);
        lookup.batch = batch;
        if (group == null) {
            crew.forEach(whole.size(), lookup);
        } else {
            group.pool(bagsHere(batch), vectorsHere);
        }
        lookup.exchange = communicator.size() == 1
                ? Pending.DONE
                : exchange.forward(vectorsHere, layout.ownerSide(), pooled.values(), layout.sampleSide(), exact);
        for (SpreadTables tables : spread) {
            tables.startLookup(batch, exact);
        }
        lookup.open = true;
        return lookup;
    }

    /// @return where the pooled vectors of this rank's samples lie, and where their gradients go
    public PooledVectors pooled() {
        return pooled;
    }

    /// Starts sending the gradients in [#pooled] to the owners. After `await` those of this rank's tables are here, and
    /// [#update] may move the rows; until then the gradients must stay as they are.
    ///
    /// @param batch the one last looked up, unchanged until [#update] is done
    public Pending startUpdate(Batch batch) {
        requireNothingOpen("update");
        if (batch.globalSize() != layout.samples()) {
            throw new IllegalArgumentException("update of a batch of %d samples, want the one looked up, of %d"
                    .formatted(batch.globalSize(), layout.samples()));
        }
        update.exchange = communicator.size() == 1
                ? Pending.DONE
                : exchange.backward(pooled.gradients(), layout.sampleSide(), gradientsHere, layout.ownerSide());
        for (SpreadTables tables : spread) {
            tables.startUpdate(batch);
        }
        update.batch = batch;
        update.arrived = false;
        return update;
    }

    /// Moves the rows of this rank's tables by the gradients that have arrived.
    ///
    /// @return whether all that was written is finite, as far as the engine tells
    /// @throws IllegalStateException when [#startUpdate] was not called and awaited before
    public boolean update(float learningRate) {
        if (update.batch == null || !update.arrived) {
            throw new IllegalStateException("rows moved before their gradients %s"
                    .formatted(update.batch == null ? "were sent" : "were awaited"));
        }
        update.learningRate = learningRate;
        boolean finite;
        if (group == null) {
            crew.forEach(whole.size(), update);
            finite = update.areFinite();
        } else {
            finite = group.update(bagsHere(update.batch), gradientsHere, learningRate);
        }
        for (SpreadTables tables : spread) {
            finite &= tables.moveRows(learningRate);
        }
        update.batch = null;
        return finite;
    }

    /// Finds what the last update wrote that is no finite number; for a message, it takes its time.
    ///
    /// @param batch of that update
    /// @return the first gradient that has arrived so, else the first row, or null; its sample counts within
    ///     the global batch
    public @Nullable NotFinite firstNotFinite(Batch batch) {
        RowSearch search = new RowSearch(batch);
        int stride = layout.tablesHere() * dim;
        for (int place = 0; place < whole.size(); place++) {
            int table = whole.get(place).spec().table();
            int all = batch.globalSize();
            NotFinite found = search.gradient(table, 0, all, gradientsHere, (long) place * dim, stride, dim);
            if (found != null) {
                return found;
            }
        }
        for (int table = 0; table < pooled.tables(); table++) { // of the others, those of this rank's samples
            NotFinite found = layout.isExchanged(table) || !batch.has(table)
                    ? null
                    : search.gradient(
                            table,
                            batch.from(),
                            batch.size(),
                            pooled.gradients(),
                            pooled.offset(table),
                            pooled.stride(table),
                            dim);
            if (found != null) {
                return found;
            }
        }
        return search.row(shards);
    }

    /// Finds which row of a bag is no finite number; for a message.
    ///
    /// @param table one of this rank's
    /// @param sample within the global batch
    /// @return as printed: `row 17 of table 3 is NaN`, or null
    public @Nullable NotFinite firstNotFiniteRow(Batch batch, int table, int sample) {
        for (Shard shard : shards) {
            if (shard.spec().table() == table) {
                return new RowSearch(batch).row(shard, sample);
            }
        }
        return null;
    }

    private void requireNothingOpen(String next) {
        if (lookup.open || update.batch != null) {
            throw new IllegalStateException("%s started before the last %s"
                    .formatted(next, lookup.open ? "lookup was awaited" : "update was done"));
        }
    }

    /// Other lanes go on while rows are gathered or moved, on the thread that owns the communicator.
    private void progress(int worker) {
        if (worker == 0) {
            communicator.progress();
        }
    }

    private Bags[] bagsHere(Batch batch) {
        for (int place = 0; place < bagsHere.length; place++) {
            bagsHere[place] = bags(batch, whole.get(place).spec().table());
        }
        return bagsHere;
    }

    /// @return the ids of `table` for all samples of the global batch
    static Bags bags(@Nullable Batch batch, int table) {
        Bags bags = Objects.requireNonNull(batch, "no batch").bags(table);
        if (bags.count() != batch.globalSize()) {
            throw new IllegalArgumentException("table %d: ids of %d samples, want %d, the global batch"
                    .formatted(table, bags.count(), batch.globalSize()));
        }
        return bags;
    }

    /// @return the shards of this rank, by table
    public List<Shard> shards() {
        return shards;
    }

    @Override
    public void close() {
        if (group != null) {
            group.close();
        }
        for (Shard shard : shards) {
            shard.rows().close();
        }
    }

    /// The lookup under way, the same object every step.
    private final class Lookup implements Pending, Crew.Task {
        private Pending exchange = Pending.DONE;
        private @Nullable Batch batch;
        private boolean open;

        /// Pools the vectors of one table.
        @Override
        public void run(int place, int worker) {
            Shard shard = whole.get(place);
            int stride = layout.tablesHere() * dim;
            shard.rows().pool(bags(batch, shard.spec().table()), vectorsHere, (long) place * dim, stride);
            progress(worker);
        }

        @Override
        public void await() {
            if (open) {
                exchange.await();
                for (SpreadTables tables : spread) {
                    tables.finishLookup();
                }
                open = false;
            }
        }
    }

    /// The update under way, the same object every step.
    private final class Update implements Pending, Crew.Task {
        private Pending exchange = Pending.DONE;
        private @Nullable Batch batch; // null: no update is open
        private final boolean[] finite = new boolean[whole.size()];
        private boolean arrived;
        private float learningRate;

        private boolean areFinite() {
            boolean all = true;
            for (boolean one : finite) {
                all &= one;
            }
            return all;
        }

        /// Moves the rows of one table.
        @Override
        public void run(int place, int worker) {
            Shard shard = whole.get(place);
            int stride = layout.tablesHere() * dim;
            finite[place] = shard.rows()
                    .update(bags(batch, shard.spec().table()), gradientsHere, (long) place * dim, stride, learningRate);
            progress(worker);
        }

        @Override
        public void await() {
            if (batch != null && !arrived) {
                exchange.await();
                for (SpreadTables tables : spread) {
                    tables.finishUpdate();
                }
                arrived = true;
            }
        }
    }
}
