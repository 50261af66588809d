package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.trainer.manifest.CheckpointManifest;
import io.dlrm4j.trainer.manifest.ModelShape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The checkpoints of a job whose ranks share one folder: finds the newest, refuses what does not fit, restores, and is
/// what a [CheckpointSaver] writes to. Every method is called by all ranks at the same place and waits for them; when
/// one rank fails, all throw the same sentence.
public final class CheckpointStore implements AutoCloseable {
    static final int BLOCK_BYTES = 4 << 20;

    private final CheckpointFolder folder;
    private final Communicator communicator;
    private final Agreement agreement;
    private final OffHeap memory;
    private final Consumer<String> warnings;
    private final MemorySegment block;
    private final Floats staging;
    private @Nullable FolderLock lock;

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
        this(new CheckpointFolder(folder), communicator, memory, warnings, BLOCK_BYTES);
    }

    /// @param blockBytes size of a block of every file that is written
    CheckpointStore(
            CheckpointFolder folder,
            Communicator communicator,
            OffHeap memory,
            Consumer<String> warnings,
            int blockBytes) {
        this.folder = folder;
        this.communicator = communicator;
        this.agreement = new Agreement(communicator, folder.path());
        this.memory = memory;
        this.warnings = warnings;
        this.block = memory.bytes("checkpoint block", blockBytes);
        this.staging = memory.floats("checkpoint rows", blockBytes / Float.BYTES);
    }

    CheckpointFolder folder() {
        return folder;
    }

    Communicator communicator() {
        return communicator;
    }

    Agreement agreement() {
        return agreement;
    }

    /// @return buffer of one block of a file
    MemorySegment block() {
        return block;
    }

    /// @return buffer of rows on their way
    Floats staging() {
        return staging;
    }

    /// Tells rank 0 what a person should know.
    void warn(String message) {
        if (communicator.rank() == 0) {
            warnings.accept(message);
        }
    }

    /// Makes the folder, takes its lock and sweeps what a crash left in it. The lock ends with this object or this
    /// process.
    ///
    /// @throws CheckpointException when the folder cannot be written or another job writes there
    public void openForWriting() {
        agreement.first(() -> {
            if (Files.exists(folder.path().resolve(ManifestFile.NAME))) {
                throw new CheckpointException("checkpoint.path=%s is a checkpoint itself, want the folder that holds it"
                        .formatted(folder.path()));
            }
            folder.create();
            lock = FolderLock.take(folder.path());
            folder.sweep();
            folder.disk().sync(folder.path());
            return Agreement.NOTHING;
        });
    }

    /// Refuses a folder that holds checkpoints already; for a job that begins anew.
    ///
    /// @throws CheckpointException naming the newest
    public void requireEmpty() {
        agreement.first(() -> {
            List<Path> old = folder.newestFirst();
            if (!old.isEmpty()) {
                throw new CheckpointException(("checkpoint.path=%s holds %s of another run; continue it with "
                                + "checkpoint.resume=true or choose another folder")
                        .formatted(folder.path(), old.getFirst().getFileName()));
            }
            return Agreement.NOTHING;
        });
    }

    /// Looks for the newest checkpoint that is whole; each rank reads its share of the files. One that is damaged is
    /// skipped with a warning.
    ///
    /// @return the checkpoint, or null when the folder holds none
    /// @throws CheckpointException when there are some and all of them are damaged
    public @Nullable Verified newest() {
        byte[] names = agreement.first(this::candidates);
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
                agreement.all(() -> {
                    manifest[0] = ManifestFile.read(checkpoint);
                    return Agreement.NOTHING;
                });
                return new Verified(checkpoint, manifest[0]);
            }
            problems.add(problem);
            warn("skipped a checkpoint: " + problem);
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
            Chain chain = Chain.read(checkpoint);
            if (communicator.rank() == 0) {
                chain.requireNothingElse();
            }
            for (int file = communicator.rank(); file < chain.files(); file += communicator.size()) {
                chain.verify(file, block);
            }
            return "";
        } catch (CheckpointException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static String firstOf(byte[][] problems) {
        for (byte[] problem : problems) {
            if (problem.length > 0) {
                return new String(problem, StandardCharsets.UTF_8);
            }
        }
        return "";
    }

    /// Refuses a checkpoint that this job cannot continue.
    ///
    /// @param samples training samples of the job's data
    /// @throws CheckpointException listing every difference of model, update rule and data
    public void requireResumable(Verified checkpoint, Contents contents, JobConfig config, long samples) {
        String name = checkpoint.path().toString();
        ModelShape model = Compatibility.shape(contents);
        agreement.all(() -> {
            Compatibility.requireSameModel(name, checkpoint.manifest().getShape(), model);
            Compatibility.requireSameData(name, checkpoint.manifest(), config.getData(), samples);
            return Agreement.NOTHING;
        });
        boolean hasLeft = checkpoint.manifest().getFilesList().stream()
                .anyMatch(file -> file.getName().equals(RankFiles.leftFile(0)));
        if (hasLeft && contents.left().length() == 0 && communicator.size() > 1) {
            warn(name + ": gradients that dct had not sent yet are dropped, because dct.gradients is 1 now");
        }
    }

    /// Fills `contents` from a checkpoint of any number of ranks.
    ///
    /// @throws CheckpointException when a row is missing or a block is damaged
    public void restore(Verified checkpoint, Contents contents) {
        agreement.all(() -> {
            Chain chain = Chain.read(checkpoint.path());
            try (OffHeap part = memory.part("restore");
                    CheckpointReader reader =
                            new CheckpointReader(chain, block, part.bytes("checkpoint base block", BLOCK_BYTES))) {
                load(reader, contents);
            }
            return Agreement.NOTHING;
        });
    }

    private void load(CheckpointReader reader, Contents contents) throws IOException {
        reader.readDense("", contents.shape(), contents.dense().weights());
        Floats state = contents.dense().state();
        if (state.length() > 0) {
            reader.readDense(RankFiles.STATE, contents.shape(), state);
        }
        contents.dense().weightsChanged();
        if (contents.left().length() > 0 && reader.hasLeft()) {
            long gradients = contents.dense().gradients().length();
            reader.readLeft(communicator.rank(), communicator.size(), gradients, contents.left(), staging);
        }
        for (Contents.Rows rows : contents.held()) {
            EmbeddingTable table = rows.part();
            RowSource stored = reader.rows(rows);
            load(stored, table.dim(), stored::readWeights, table::writeWeights);
            load(stored, table.stateWidth(), stored::readState, table::writeState);
        }
    }

    /// Copies some rows, one way or the other.
    @FunctionalInterface
    private interface Copying {
        void copy(long first, long count, Floats rows) throws IOException;
    }

    private void load(RowSource stored, int width, Copying from, Copying to) throws IOException {
        long step = staging.length() / Math.max(1, width);
        for (long row = 0; width > 0 && row < stored.rows(); row += step) {
            long count = Math.min(step, stored.rows() - row);
            Floats piece = staging.slice(0, count * width);
            from.copy(row, count, piece);
            to.copy(row, count, piece);
        }
    }

    /// Renames the checkpoints that are newer than the one this job continues, and says so; none of them is whole.
    public void setAsideNewerThan(Verified continued) {
        byte[] aside = agreement.first(() -> {
            List<String> names = folder.setAsideNewerThan(continued.path()).stream()
                    .map(Path::toString)
                    .toList();
            return String.join(", ", names).getBytes(StandardCharsets.UTF_8);
        });
        if (aside.length > 0) {
            warn("set aside: " + new String(aside, StandardCharsets.UTF_8));
        }
    }

    @Override
    public void close() {
        if (lock != null) {
            try {
                lock.close();
            } catch (IOException e) {
                throw new UncheckedIOException(folder.path() + ": its lock cannot be given back", e);
            }
            lock = null;
        }
    }
}
