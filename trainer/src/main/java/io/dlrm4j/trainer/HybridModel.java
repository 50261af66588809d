package io.dlrm4j.trainer;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.core.config.CollectivesKind;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.Partition;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.Engines;
import io.dlrm4j.core.engine.Peers;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.engine.WholeStep;
import io.dlrm4j.core.kernel.DenseKernels;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.InitialWeights;
import io.dlrm4j.mlp.GradientBuckets;
import io.dlrm4j.mlp.ReplicaCheck;
import io.dlrm4j.mlp.SumFormat;
import io.dlrm4j.shards.ExchangeFormat;
import io.dlrm4j.shards.Shard;
import io.dlrm4j.shards.ShardSpec;
import io.dlrm4j.shards.ShardedTables;
import io.dlrm4j.shards.ShardingPlan;
import io.dlrm4j.shards.ShardingPlanner;
import io.dlrm4j.trainer.checkpoint.Columns;
import io.dlrm4j.trainer.checkpoint.Contents;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One rank's parts of a hybrid-parallel DLRM: a copy of both MLPs, some tables, and what joins them to other
/// ranks.
///
/// Memory comes from the [OffHeap] given; [#close] ends the engine's parts. One thread, the one that owns the
/// communicator.
public final class HybridModel implements AutoCloseable {
    private static final int INITIAL_ROWS_FLOATS = 1 << 20;

    private final Communicator communicator;
    private final OffHeap memory;
    private final Schema schema;
    private final DlrmShape shape;
    private final UpdateRule tableRule;
    private final UpdateRule mlpRule;
    private final Engine engine;
    private final DensePart dense;
    private final ShardingPlan plan;
    private final ShardedTables tables;
    private final GradientBuckets buckets;
    private final LossSum losses;
    private final @Nullable WholeStep wholeStep;

    /// Builds the parts, with all weights zero.
    ///
    /// @param config model, update rules and engine
    /// @param schema the data's columns
    /// @param maxBatch samples of the largest global batch
    /// @param memory owns all buffers
    /// @throws IllegalArgumentException when the configuration and the data do not fit each other
    public HybridModel(JobConfig config, Schema schema, int maxBatch, Communicator communicator, OffHeap memory) {
        this.communicator = communicator;
        this.memory = memory;
        this.schema = schema;
        this.shape = DlrmShape.of(
                config.getModel(),
                schema.denseFeatures(),
                schema.tables().stream().map(Schema.Table::rows).toList());
        this.tableRule = rule(config.getOptimizer(), config.getOptimizer().getTables());
        this.mlpRule = rule(config.getOptimizer(), config.getOptimizer().getMlps());
        if (mlpRule.kind() == OptimizerKind.ROW_WISE_ADAGRAD) {
            throw new IllegalArgumentException("optimizer.mlps=ROW_WISE_ADAGRAD, want SGD or ADAGRAD");
        }
        this.plan = ShardingPlanner.plan(shape, schema, config.getSharding(), communicator.size());
        this.engine = Engines.open(config);
        this.dense = engine.dense(shape, Partition.maxSize(maxBatch, communicator.size()), mlpRule, memory);
        ExchangeFormat exchange = ExchangeFormat.of(config.getWire(), config.getDct());
        SumFormat sums = SumFormat.of(config.getWire(), config.getDct());
        this.tables =
                ShardedTables.create(shape, schema, plan, engine, tableRule, exchange, communicator, maxBatch, memory);
        this.buckets = new GradientBuckets(
                communicator, dense.gradients(), config.getComm().getBucketFloats(), sums, guard(communicator), memory);
        this.losses = new LossSum(communicator, memory);
        try {
            requireExactBetweenCards(config, exchange.equals(ExchangeFormat.EXACT) && isExact(sums));
            this.wholeStep = wholeStep(config.getComm().getCollectives(), maxBatch);
        } catch (RuntimeException | Error e) {
            closeParts();
            throw e;
        }
    }

    private static boolean isExact(SumFormat sums) {
        return sums.format() == SumFormat.EXACT.format() && sums.kept() == SumFormat.EXACT.kept();
    }

    private static void requireExactBetweenCards(JobConfig config, boolean exact) {
        if (config.getComm().getCollectives() == CollectivesKind.NCCL && !exact) {
            throw new IllegalArgumentException("comm.collectives=nccl with a format of the wire or dct, want host:"
                    + " cards send each other floats, all of them");
        }
    }

    /// A rank alone needs no guard: the update of the same step proves the same.
    private static Predicate<Floats> guard(Communicator communicator) {
        DenseKernels kernels = DenseKernels.best();
        return communicator.size() == 1 ? bucket -> true : kernels::areFinite;
    }

    private @Nullable WholeStep wholeStep(CollectivesKind collectives, int maxBatch) {
        List<EmbeddingTable> rows = tables.shards().stream().map(Shard::rows).toList();
        if (communicator.size() == 1) {
            return engine.wholeStep(dense, rows, memory);
        }
        if (collectives == CollectivesKind.HOST) {
            return null;
        }
        List<Integer> owners = plan.owners();
        Peers peers = new Peers(
                communicator.rank(),
                communicator.size(),
                owners,
                maxBatch,
                communicator::gatherBytes,
                communicator::progress);
        return engine.wholeStep(dense, rows, peers, memory);
    }

    private static UpdateRule rule(OptimizerConfig config, OptimizerKind kind) {
        return new UpdateRule(kind, (float) config.getEps());
    }

    /// Writes the initial weights of a seed; every rank writes its own, all of them together are the same
    /// model for every number of ranks.
    public void initialize(long seed) {
        InitialWeights initial = new InitialWeights(seed);
        initial.dense(shape, dense.weights());
        dense.weightsChanged();
        try (OffHeap staging = OffHeap.unlimited("initial weights")) {
            Floats rows = staging.floats("rows", INITIAL_ROWS_FLOATS);
            long step = rows.length() / shape.embeddingDim();
            for (Contents.Rows part : contents().held()) {
                for (long row = 0; row < part.part().rows(); row += step) {
                    long count = Math.min(step, part.part().rows() - row);
                    Floats piece = rows.slice(0, count * shape.embeddingDim());
                    initial.rows(
                            part.table(),
                            shape.tables().get(part.table()),
                            part.firstRow() + row,
                            count,
                            shape.embeddingDim(),
                            piece);
                    part.part().writeWeights(row, count, cut(piece, part.columns(), shape.embeddingDim()));
                }
            }
        }
    }

    /// Moves some columns of whole rows together.
    private static Floats cut(Floats rows, @Nullable Columns columns, int dim) {
        if (columns == null) {
            return rows;
        }
        long count = rows.length() / dim;
        for (long row = 0; row < count; row++) {
            rows.slice(row * columns.count(), columns.count())
                    .copyFrom(rows.slice(row * dim + columns.first(), columns.count()));
        }
        return rows.slice(0, count * columns.count());
    }

    /// Says which step comes next.
    ///
    /// @param step counted from the start of the job, not of this process
    void atStep(long step) {
        engine.atStep(step);
        buckets.atStep(step);
    }

    /// Proves that the dense weights, the data-parallel tables, and their state are equal on all ranks. Waits for them.
    ///
    /// @param when as printed: `step 1200`
    public void requireEqualReplicas(String when) {
        ReplicaCheck.requireEqual(communicator, "dense weights", when, dense.weights());
        ReplicaCheck.requireEqual(communicator, "dense optimizer state", when, dense.state());
        for (Shard shard : tables.shards()) { // copies are on all ranks, in the same order
            if (plan.isCopied(shard.spec().table())) {
                requireEqualCopies(shard, when);
            }
        }
    }

    private void requireEqualCopies(Shard copy, String when) {
        EmbeddingTable rows = copy.rows();
        try (OffHeap staging = OffHeap.unlimited("copies of tables")) {
            Floats room = staging.floats("rows", INITIAL_ROWS_FLOATS);
            long step = room.length() / rows.dim();
            for (long row = 0; row < rows.rows(); row += step) {
                long count = Math.min(step, rows.rows() - row);
                Floats weights = room.slice(0, count * rows.dim());
                rows.readWeights(row, count, weights);
                ReplicaCheck.requireEqual(
                        communicator, "rows of table " + copy.spec().table(), when, weights);
                Floats state = room.slice(0, count * rows.stateWidth());
                rows.readState(row, count, state);
                ReplicaCheck.requireEqual(
                        communicator,
                        "optimizer state of rows of table " + copy.spec().table(),
                        when,
                        state);
            }
        }
    }

    /// @param name as printed in the budget
    /// @param maxBatch samples of the largest global batch it takes
    /// @return a batch with the ids of the tables of this rank
    public Batch newBatch(String name, int maxBatch) {
        boolean[] here = plan.wantedIds(communicator.rank());
        return new Batch(memory, name, schema, maxBatch, communicator.rank(), communicator.size(), here);
    }

    /// @return what of this model a checkpoint holds
    public Contents contents() {
        Map<Boolean, List<Contents.Rows>> owned = tables.shards().stream()
                .map(this::rows)
                .collect(Collectors.partitioningBy(rows -> plan.saves(communicator.rank(), rows.table())));
        return new Contents(
                shape,
                tableRule,
                mlpRule,
                dense,
                buckets.left(),
                Objects.requireNonNull(owned.get(true)),
                Objects.requireNonNull(owned.get(false)));
    }

    private Contents.Rows rows(Shard shard) {
        ShardSpec spec = shard.spec();
        boolean whole = spec.columns() == shape.embeddingDim();
        Columns columns = whole ? null : new Columns(spec.firstColumn(), spec.columns());
        return new Contents.Rows(spec.table(), spec.firstRow(), columns, shard.rows());
    }

    /// @return the ranks
    public Communicator communicator() {
        return communicator;
    }

    /// @return the sizes
    public DlrmShape shape() {
        return shape;
    }

    /// @return the engine
    public Engine engine() {
        return engine;
    }

    /// @return which rank has which rows, as text
    public String describePlan() {
        return plan.describe(shape, tableRule);
    }

    /// @return this rank's copy of both MLPs
    public DensePart dense() {
        return dense;
    }

    /// @return all tables on all ranks
    public ShardedTables tables() {
        return tables;
    }

    /// @return the sums of the dense gradients
    public GradientBuckets buckets() {
        return buckets;
    }

    LossSum losses() {
        return losses;
    }

    /// @return the step as one piece, where there is one rank and the engine offers it
    @Nullable
    WholeStep wholeStep() {
        return wholeStep;
    }

    @Override
    public void close() {
        if (wholeStep != null) {
            wholeStep.close();
        }
        closeParts();
    }

    private void closeParts() {
        tables.close();
        dense.close();
        engine.close();
    }
}
