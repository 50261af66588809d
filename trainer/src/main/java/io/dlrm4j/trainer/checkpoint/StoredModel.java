package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.trainer.manifest.CheckpointManifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A checkpoint as a tool sees it: opened by one thread, without ranks or an engine. Tables are read in pieces, so they
/// may be of any size; every block is checked on its way.
public final class StoredModel implements AutoCloseable {
    private final Chain chain;
    private final OffHeap memory;
    private final CheckpointReader reader;
    private final DlrmShape shape;
    private final Floats staging;

    private StoredModel(Chain chain) {
        this.chain = chain;
        this.shape = Compatibility.shape(chain.manifest().getShape());
        this.memory = OffHeap.unlimited("checkpoint");
        this.reader = new CheckpointReader(
                chain,
                memory.bytes("block", chain.manifest().getBlockBytes()),
                memory.bytes(
                        "base block",
                        chain.baseManifest() == null ? 1 : chain.baseManifest().getBlockBytes()));
        this.staging = memory.floats("rows", CheckpointStore.BLOCK_BYTES / Float.BYTES);
    }

    /// @param path a checkpoint, or a folder of them, of which the newest whole one is taken
    /// @throws CheckpointException when it, or every one of them, is damaged
    public static StoredModel open(Path path) {
        if (Files.exists(path.resolve(ManifestFile.NAME))) {
            return new StoredModel(Chain.read(path));
        }
        List<String> problems = new ArrayList<>();
        for (Path checkpoint : new CheckpointFolder(path).newestFirst()) {
            try {
                CheckpointFolder.verify(checkpoint);
                return new StoredModel(Chain.read(checkpoint));
            } catch (CheckpointException e) {
                problems.add(String.valueOf(e.getMessage()));
            }
        }
        throw new CheckpointException(
                problems.isEmpty()
                        ? path + ": no checkpoint there"
                        : "%s: none of its %d checkpoints is whole: %s"
                                .formatted(path, problems.size(), String.join("; ", problems)));
    }

    /// @return its folder
    public Path path() {
        return chain.path();
    }

    /// @return what it holds
    public CheckpointManifest manifest() {
        return chain.manifest();
    }

    /// @return folder of the full checkpoint upon which it builds, or null: it is full itself
    public @Nullable Path base() {
        return chain.baseManifest() == null ? null : chain.basePath();
    }

    /// @return bytes of its own files but the manifest
    public long bytes() {
        return Chain.bytes(chain.manifest());
    }

    /// @return the sizes of the model
    public DlrmShape shape() {
        return shape;
    }

    /// @return the configuration of the job that wrote it, field by field as protobuf prints it
    public String configText() {
        return Compatibility.config(path().toString(), chain.manifest()).toString();
    }

    /// @return weights of both MLPs, in the order of the shape; valid until this is closed
    Floats denseWeights() throws IOException {
        Floats weights = memory.floats("MLP weights", shape.denseParameterCount());
        reader.readDense("", shape, weights);
        return weights;
    }

    /// @return state of both MLPs, of no floats where their update rule has none; valid until this is closed
    Floats denseState() throws IOException {
        boolean none = OptimizerKind.valueOf(chain.manifest().getShape().getMlpRule()) == OptimizerKind.SGD;
        Floats state = memory.floats("MLP state", none ? 0 : shape.denseParameterCount());
        if (!none) {
            reader.readDense(RankFiles.STATE, shape, state);
        }
        return state;
    }

    /// @return what one of `ranks` ranks takes over of gradients that were not sent yet, and no thresholds; of no
    ///     floats where all had been sent; valid until this is closed
    Floats left(int rank, int ranks) throws IOException {
        long gradients = shape.denseParameterCount();
        Floats left = memory.floats("gradients not sent", reader.hasLeft() ? gradients : 0);
        if (left.length() > 0) {
            reader.readLeft(rank, ranks, gradients, left, staging);
        }
        return left;
    }

    /// @return rows of a table, with their state; valid until this is closed
    RowSource rows(int table, long firstRow, long rows) {
        int dim = shape.embeddingDim();
        int width = switch (OptimizerKind.valueOf(chain.manifest().getShape().getTableRule())) {
            case SGD -> 0;
            case ROW_WISE_ADAGRAD -> 1;
            case ADAGRAD -> dim;
        };
        return reader.rows(table, firstRow, rows, null, dim, width);
    }

    /// @return all rows of a table
    RowSource table(int table) {
        return rows(table, 0, shape.tables().get(table));
    }

    /// @return buffer of rows on their way
    Floats staging() {
        return staging;
    }

    @Override
    public void close() {
        try {
            reader.close();
        } catch (IOException e) {
            throw new UncheckedIOException(path() + ": cannot be closed", e);
        } finally {
            memory.close();
        }
    }
}
