package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.shards.ShardSpec;
import io.dlrm4j.shards.ShardingPlan;
import io.dlrm4j.shards.ShardingPlanner;
import io.dlrm4j.trainer.manifest.CheckpointManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Writes a checkpoint anew, as another number of ranks would have written it: every bit of weights and state the same,
/// a full one in any case.
///
/// No job needs it, since any number of ranks reads what any number wrote; it lets each of them read its own file
/// alone,
/// and makes one folder of a checkpoint and its base.
public final class Resharding {
    private Resharding() {}

    /// @param from stays open
    /// @param folder of checkpoints, which is made where it is missing
    /// @param ranks for which to lay out the files
    /// @return the new checkpoint in `folder`
    /// @throws CheckpointException when `folder` has a checkpoint of this step already or a job writes there
    /// @throws IOException when it cannot be written; nothing is left of the attempt
    public static Path run(StoredModel from, Path folder, int ranks) throws IOException {
        long step = from.manifest().getPosition().getStep();
        CheckpointFolder to = new CheckpointFolder(folder);
        if (Files.exists(to.finished(step))) {
            throw new CheckpointException(to.finished(step) + " exists, want another folder");
        }
        to.create();
        try (FolderLock _ = FolderLock.take(folder)) {
            to.begin(step);
            try {
                write(from, to, ranks);
                to.commit(step);
            } catch (IOException | RuntimeException e) {
                to.delete(to.unfinished(step));
                throw e;
            }
        }
        return to.finished(step);
    }

    private static void write(StoredModel from, CheckpointFolder to, int ranks) throws IOException {
        Path unfinished = to.unfinished(from.manifest().getPosition().getStep());
        ShardingPlan plan = ShardingPlanner.greedy(from.shape(), ranks);
        RankFiles files = new RankFiles(from.staging(), null);
        CheckpointManifest.Builder manifest = from.manifest().toBuilder()
                .clearShards()
                .clearFiles()
                .clearBase()
                .setFormatVersion(ManifestFile.FORMAT_VERSION)
                .setWriter(ManifestFile.WRITER)
                .setRanks(ranks)
                .setBlockBytes(CheckpointStore.BLOCK_BYTES);
        try (OffHeap memory = OffHeap.unlimited("resharding");
                RankWriter writer =
                        new RankWriter(to.disk(), unfinished, memory.bytes("block", CheckpointStore.BLOCK_BYTES))) {
            writer.write(files.dense(from.shape(), from.denseWeights(), from.denseState()), () -> {});
            for (int rank = 0; rank < ranks; rank++) {
                Floats left = from.left(rank, ranks);
                if (left.length() > 0) {
                    writer.write(files.left(rank, left), () -> {});
                }
                List<RowSource> rows = new ArrayList<>();
                for (ShardSpec shard : plan.shardsOf(rank, from.shape())) {
                    if (plan.saves(rank, shard.table())) {
                        rows.add(from.rows(shard.table(), shard.firstRow(), shard.rows()));
                    }
                }
                if (!rows.isEmpty()) {
                    writer.write(files.full(RankFiles.rowsFile(rank), rows), () -> {});
                    manifest.addAllShards(RankFiles.shards(RankFiles.rowsFile(rank), rows));
                }
            }
            manifest.mergeFrom(writer.sync().build());
        }
        int _ = ManifestFile.write(to.disk(), unfinished, manifest.build());
    }
}
