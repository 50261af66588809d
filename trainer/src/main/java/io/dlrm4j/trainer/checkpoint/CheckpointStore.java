package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.trainer.manifest.CheckpointManifest;
import io.dlrm4j.trainer.manifest.ModelShape;
import io.dlrm4j.trainer.manifest.Position;
import io.dlrm4j.trainer.manifest.ShardFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Saves and restores a job whose ranks share one folder. Every method is called by all ranks at the same place and
/// waits for them; when one rank fails, all throw the same sentence.
///
/// A save is a commit in two phases: every rank writes its files and reports them durable with their checksums, then
/// rank 0 writes the manifest that lists them and renames the folder. A crash at any point leaves the checkpoints that
/// were there.
public final class CheckpointStore {
    private static final int BLOCK_BYTES = 4 << 20;

    private final CheckpointFolder folder;
    private final Communicator communicator;
    private final Consumer<String> warnings;
    private final MemorySegment block;
    private final Floats staging;

    /// What one rank does before all agree.
    @FunctionalInterface
    private interface Part {
        byte[] run() throws IOException;
    }

    /// A checkpoint whose files were read and found whole.
    ///
    /// @param path its folder
    /// @param manifest what it holds
    public record Verified(Path path, CheckpointManifest manifest) {
        /// @return the configuration of the job that wrote it
        public JobConfig config() {
            return Compatibility.config(path.toString(), manifest);
        }
    }

    /// @param folder where the checkpoints are
    /// @param memory owns the two buffers of 4 MiB
    /// @param warnings told on rank 0 of checkpoints that are skipped
    public CheckpointStore(Path folder, Communicator communicator, OffHeap memory, Consumer<String> warnings) {
        this.folder = new CheckpointFolder(folder);
        this.communicator = communicator;
        this.warnings = warnings;
        this.block = memory.bytes("checkpoint block", BLOCK_BYTES);
        this.staging = memory.floats("checkpoint rows", BLOCK_BYTES / Float.BYTES);
    }

    /// Makes the folder and refuses one that cannot take checkpoints of a new job.
    ///
    /// @throws CheckpointException when it cannot be written or holds checkpoints of another run
    public void prepareNew() {
        agree(() -> {
            if (communicator.rank() == 0) {
                Files.createDirectories(folder.path());
                if (!Files.isWritable(folder.path())) {
                    throw new CheckpointException("checkpoint.path=%s: cannot be written".formatted(folder.path()));
                }
                List<Path> old = folder.newestFirst();
                if (!old.isEmpty()) {
                    throw new CheckpointException(("checkpoint.path=%s holds %s of another run; continue it with "
                                    + "checkpoint.resume=true or choose another folder")
                            .formatted(folder.path(), old.getFirst().getFileName()));
                }
            }
            return new byte[0];
        });
    }

    /// Writes a checkpoint and deletes all but the newest `keep`.
    ///
    /// @param config the job's effective configuration
    /// @param engine name of the engine
    /// @param contents this rank's part of the model
    /// @param position where the job is
    /// @return the finished checkpoint
    public Path save(JobConfig config, String engine, Contents contents, Position position) {
        long step = position.getStep();
        agree(() -> {
            if (communicator.rank() == 0) {
                folder.begin(step);
            }
            return new byte[0];
        });
        byte[][] parts = agree(() -> writePart(contents, step).toByteArray());
        agree(() -> {
            if (communicator.rank() == 0) {
                CheckpointManifest.Builder manifest = CheckpointManifest.newBuilder();
                for (byte[] part : parts) {
                    manifest.mergeFrom(part);
                }
                manifest.setFormatVersion(ManifestFile.FORMAT_VERSION)
                        .setWriter("dlrm4j")
                        .setConfig(config.toByteString())
                        .setShape(Compatibility.shape(
                                contents.shape(),
                                contents.tableRule().kind(),
                                contents.mlpRule().kind()))
                        .setRanks(communicator.size())
                        .setPosition(position)
                        .setEngine(engine)
                        .setBlockBytes(BLOCK_BYTES);
                ManifestFile.write(folder.unfinished(step), manifest.build());
                folder.commit(step);
                folder.prune(config.getCheckpoint().getKeep());
            }
            return new byte[0];
        });
        return folder.finished(step);
    }

    /// @return files and shards of this rank, durable, as a part of the manifest
    private CheckpointManifest writePart(Contents contents, long step) throws IOException {
        ContentsWriter writer = new ContentsWriter(folder.unfinished(step), block, staging);
        CheckpointManifest.Builder part = CheckpointManifest.newBuilder();
        if (communicator.rank() == 0) {
            part.addFiles(writer.writeDense(contents));
        }
        if (!contents.rows().isEmpty()) {
            String file = "rank-%04d.safetensors".formatted(communicator.rank());
            part.addFiles(writer.writeRows(file, contents.rows()));
            part.addAllShards(ContentsWriter.shards(file, contents.rows()));
        }
        return part.build();
    }

    /// Looks for the newest checkpoint that is whole; each rank reads its share of the files. One that is damaged is
    /// skipped with a warning.
    ///
    /// @return the checkpoint, or null when the folder holds none
    /// @throws CheckpointException when there are some and all of them are damaged
    public @Nullable Verified newest() {
        byte[] names = agree(() -> communicator.rank() == 0 ? candidates() : new byte[0])[0];
        if (names.length == 0) {
            return null;
        }
        List<String> problems = new ArrayList<>();
        for (String name : new String(names, StandardCharsets.UTF_8).split("\n", -1)) {
            Path checkpoint = name.equals(".") ? folder.path() : folder.path().resolve(name);
            byte[][] found = communicator.gatherBytes(problem(checkpoint).getBytes(StandardCharsets.UTF_8));
            String problem = firstOf(found);
            if (problem.isEmpty()) {
                CheckpointManifest[] manifest = new CheckpointManifest[1];
                agree(() -> {
                    manifest[0] = ManifestFile.read(checkpoint);
                    return new byte[0];
                });
                return new Verified(checkpoint, manifest[0]);
            }
            problems.add(problem);
            if (communicator.rank() == 0) {
                warnings.accept("skipped a checkpoint: " + problem);
            }
        }
        throw new CheckpointException("%s: none of its %d checkpoints is whole: %s"
                .formatted(folder.path(), problems.size(), String.join("; ", problems)));
    }

    /// @return names of the checkpoints, newest first; "." when the folder is a checkpoint itself
    private byte[] candidates() {
        if (Files.exists(folder.path().resolve(ManifestFile.NAME))) {
            return new byte[] {'.'};
        }
        List<String> names = folder.newestFirst().stream()
                .map(path -> String.valueOf(path.getFileName()))
                .toList();
        return String.join("\n", names).getBytes(StandardCharsets.UTF_8);
    }

    private String problem(Path checkpoint) {
        try {
            CheckpointManifest manifest = ManifestFile.read(checkpoint);
            for (int f = communicator.rank(); f < manifest.getFilesCount(); f += communicator.size()) {
                ShardFile file = manifest.getFiles(f);
                if (manifest.getBlockBytes() > block.byteSize()) {
                    return "%s: block_bytes=%d, want %d at most"
                            .formatted(checkpoint, manifest.getBlockBytes(), block.byteSize());
                }
                CheckpointFolder.verify(checkpoint, manifest, file, block);
            }
            return "";
        } catch (CheckpointException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /// Refuses a checkpoint that this job cannot continue.
    ///
    /// @param samples training samples of the job's data
    /// @throws CheckpointException listing every difference of model, update rule and data
    public void requireResumable(Verified checkpoint, Contents contents, JobConfig config, long samples) {
        String name = checkpoint.path().toString();
        ModelShape model = Compatibility.shape(
                contents.shape(),
                contents.tableRule().kind(),
                contents.mlpRule().kind());
        agree(() -> {
            Compatibility.requireSameModel(name, checkpoint.manifest().getShape(), model);
            Compatibility.requireSameData(name, checkpoint.manifest(), config.getData(), samples);
            return new byte[0];
        });
    }

    /// Fills `contents` from a checkpoint of any number of ranks.
    ///
    /// @throws CheckpointException when a row is missing or a block is damaged
    public void restore(Verified checkpoint, Contents contents) {
        agree(() -> {
            try (ContentsLoader loader = new ContentsLoader(checkpoint.path(), checkpoint.manifest(), block, staging)) {
                loader.load(contents);
            }
            return new byte[0];
        });
    }

    /// Runs this rank's part and waits until every rank has run its own.
    ///
    /// @return the answers in rank order
    /// @throws CheckpointException on every rank, when a rank fails
    private byte[][] agree(Part part) {
        byte[] mine;
        try {
            byte[] answer = part.run();
            mine = new byte[answer.length + 1];
            System.arraycopy(answer, 0, mine, 1, answer.length);
        } catch (CheckpointException e) {
            mine = failure(String.valueOf(e.getMessage()));
        } catch (IOException | UncheckedIOException e) {
            mine = failure("rank %d: %s: %s; checkpoint.path must be a folder that all ranks share and may write to"
                    .formatted(communicator.rank(), folder.path(), e));
        }
        byte[][] all = communicator.gatherBytes(mine);
        for (int rank = 0; rank < all.length; rank++) {
            if (all[rank][0] != 0) {
                throw new CheckpointException(new String(all[rank], 1, all[rank].length - 1, StandardCharsets.UTF_8));
            }
            all[rank] = Arrays.copyOfRange(all[rank], 1, all[rank].length);
        }
        return all;
    }

    private static byte[] failure(String message) {
        return ("\1" + message).getBytes(StandardCharsets.UTF_8);
    }

    private static String firstOf(byte[][] problems) {
        for (byte[] problem : problems) {
            if (problem.length > 0) {
                return new String(problem, StandardCharsets.UTF_8);
            }
        }
        return "";
    }
}
