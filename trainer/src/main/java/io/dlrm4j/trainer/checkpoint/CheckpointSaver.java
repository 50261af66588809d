package io.dlrm4j.trainer.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.trainer.manifest.BaseCheckpoint;
import io.dlrm4j.trainer.manifest.CheckpointManifest;
import io.dlrm4j.trainer.manifest.Position;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes checkpoints of a job, one at a time. Every rank calls the same methods at the same place.
///
/// A checkpoint is a commit in two phases: every rank writes its files and reports them durable with their checksums,
/// then rank 0 writes the manifest that lists them and renames the folder. A crash at any point leaves the checkpoints
/// that were there. A failure on one rank ends the attempt on all with the same sentence and deletes what was written.
///
/// With `checkpoint.asynchronous` a rank copies its part in memory and trains on; between two steps the ranks ask each
/// other whether all are done ([#startPoll], [#poll]: eight bytes a rank beside the step). Without it [#finish] follows
/// [#begin]. With `checkpoint.incremental` a checkpoint holds the rows touched since the last full one, until those
/// would take more than half of a full one, which is then written.
public final class CheckpointSaver implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofHours(1);
    private static final Duration LITTLE = Duration.ofMillis(2);
    private static final long SIGN_OF_LIFE_NANOS = Duration.ofMillis(200).toNanos();
    private static final double LARGEST_SHARE = 0.5;

    private final CheckpointStore store;
    private final CheckpointFolder folder;
    private final Communicator communicator;
    private final Agreement agreement;
    private final JobConfig config;
    private final String engine;
    private final RankPart part;
    private final @Nullable Snapshot snapshot;
    private final MemorySegment ready; // one long a rank: 1 when its disk is done
    private final long[] readyOffsets;
    private Pending poll = Pending.DONE;
    private @Nullable BaseCheckpoint base; // on which the next may build
    private @Nullable Attempt attempt;
    private long lastSign;

    /// The checkpoint under way.
    private static final class Attempt {
        private final Position position;
        private final boolean full;
        private final long fullBytes;
        private final long begin;
        private DiskWork work = DiskWork.done(Agreement.NOTHING);
        private boolean committing;
        private long bytes;
        private long stall;

        Attempt(Position position, boolean full, long fullBytes, long begin) {
            this.position = position;
            this.full = full;
            this.fullBytes = fullBytes;
            this.begin = begin;
        }
    }

    /// @param store opened for writing
    /// @param config the job's effective configuration
    /// @param engine name of the engine
    /// @param contents this rank's part of the model
    /// @param memory owns the snapshot, where there is one
    public CheckpointSaver(CheckpointStore store, JobConfig config, String engine, Contents contents, OffHeap memory) {
        this.store = store;
        this.folder = store.folder();
        this.communicator = store.communicator();
        this.agreement = store.agreement();
        this.config = config;
        this.engine = engine;
        this.part = new RankPart(
                communicator.rank(),
                contents,
                new RankFiles(store.staging(), new FiniteGuard(communicator.rank())),
                config.getCheckpoint().getIncremental());
        this.snapshot = config.getCheckpoint().getAsynchronous() ? new Snapshot(memory, part.mostBytes()) : null;
        this.ready = memory.bytes("checkpoint progress", (long) communicator.size() * Long.BYTES);
        this.readyOffsets = new long[communicator.size() + 1];
        for (int rank = 0; rank < readyOffsets.length; rank++) {
            readyOffsets[rank] = (long) rank * Long.BYTES;
        }
    }

    /// Notes which rows a step has moved.
    ///
    /// @param batch of the step, which is done
    public void trained(Batch batch) {
        part.trained(batch);
    }

    /// @return whether a checkpoint was begun and is not finished
    public boolean isUnderWay() {
        return attempt != null;
    }

    /// Begins a checkpoint of the model as it is now. When this returns, an asynchronous one no longer needs the model;
    /// another needs it unchanged until [#finish].
    ///
    /// @param position where the job is
    /// @param begin by [System#nanoTime], when this rank stopped training for it
    /// @throws CheckpointException when a rank cannot; nothing is left of the attempt
    public void begin(Position position, long begin) {
        if (attempt != null) {
            throw new IllegalStateException(
                    "step %d: a checkpoint begins before the last is finished".formatted(position.getStep()));
        }
        long step = position.getStep();
        byte[][] sizes = agreement.all(() -> {
            if (communicator.rank() == 0) {
                folder.begin(step);
            }
            return ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(part.fullBytes())
                    .putLong(part.touchedBytes())
                    .array();
        });
        long fullBytes = 0;
        long touchedBytes = 0;
        for (byte[] size : sizes) {
            fullBytes += ByteBuffer.wrap(size).getLong(0);
            touchedBytes += ByteBuffer.wrap(size).getLong(Long.BYTES);
        }
        boolean full = base == null || touchedBytes > LARGEST_SHARE * fullBytes;
        Attempt next = new Attempt(position, full, fullBytes, begin);
        attempt = next;
        next.work = startWriting(step, full);
        next.stall = System.nanoTime() - begin;
    }

    private DiskWork startWriting(long step, boolean full) {
        lastSign = System.nanoTime();
        List<FileImage> images = part.images(full);
        CheckpointManifest shards = part.shards(full);
        RankWriter writer = new RankWriter(folder.disk(), folder.unfinished(step), store.block());
        if (snapshot
                == null) { // rows are read by this thread, as the engine wants it; only syncing can be left to another
            byte[] written = agreement.attempt(() -> fill(writer, images, this::signOfLife));
            boolean failed = written.length > 0 && written[0] != 0;
            return failed ? DiskWork.done(written) : start(() -> seal(writer, shards));
        }
        List<FileImage> copies;
        try {
            copies = snapshot.take(images);
        } catch (CheckpointException e) { // told to the others when all are asked
            return DiskWork.done(agreement.attempt(() -> {
                throw e;
            }));
        }
        if (full) {
            part.taken();
        }
        return start(() -> {
            fill(writer, copies, () -> {});
            return seal(writer, shards);
        });
    }

    private DiskWork start(Agreement.Part body) {
        return DiskWork.start("checkpoint-writer-" + communicator.rank(), DEADLINE, () -> agreement.attempt(body));
    }

    private static byte[] fill(RankWriter writer, List<FileImage> images, Runnable between) throws IOException {
        try {
            for (FileImage image : images) {
                writer.write(image, between);
            }
            return Agreement.NOTHING;
        } catch (IOException | RuntimeException | Error e) {
            writer.close();
            throw e;
        }
    }

    private static byte[] seal(RankWriter writer, CheckpointManifest shards) throws IOException {
        try (writer) {
            return writer.sync().mergeFrom(shards).build().toByteArray();
        }
    }

    /// While this rank's own thread writes, ranks that are done wait for it in [#poll], and would give it up for lost.
    private void signOfLife() {
        if (System.nanoTime() - lastSign > SIGN_OF_LIFE_NANOS) {
            share(0);
            poll.await();
            lastSign = System.nanoTime();
        }
    }

    /// Starts to ask all ranks whether they are done. To be followed by [#poll], with or without a step between.
    public void startPoll() {
        if (attempt != null) {
            share(attempt.work.isDone() ? 1 : 0);
        }
    }

    private void share(long done) {
        ready.setAtIndex(ValueLayout.JAVA_LONG, communicator.rank(), done);
        poll = communicator.allGather(Lane.CONTROL, ready, readyOffsets);
    }

    /// Goes on where all ranks are done with a phase.
    ///
    /// @return the checkpoint, if that finished it, or null
    /// @throws CheckpointException when a rank could not write; nothing is left of the attempt
    public @Nullable SavedCheckpoint poll() {
        Attempt current = attempt;
        if (current == null) {
            return null;
        }
        long begin = System.nanoTime();
        boolean finished = allReady() && advance(current);
        current.stall += System.nanoTime() - begin;
        return finished ? saved(current) : null;
    }

    /// Waits for the checkpoint under way.
    ///
    /// @throws CheckpointException when a rank could not write; nothing is left of the attempt
    public SavedCheckpoint finish() {
        Attempt current = attempt;
        if (current == null) {
            throw new IllegalStateException("no checkpoint is under way");
        }
        long begin = System.nanoTime();
        boolean finished = false;
        while (!finished) {
            startPoll();
            finished = allReady() && advance(current);
            if (!finished) {
                current.work.await(LITTLE);
            }
        }
        current.stall += System.nanoTime() - begin;
        return saved(current);
    }

    private boolean allReady() {
        poll.await();
        poll = Pending.DONE;
        long done = 0;
        for (int rank = 0; rank < communicator.size(); rank++) {
            done += ready.getAtIndex(ValueLayout.JAVA_LONG, rank);
        }
        return done == communicator.size();
    }

    /// @return whether the checkpoint is finished
    private boolean advance(Attempt current) {
        long step = current.position.getStep();
        byte[][] answers;
        try {
            answers = agreement.exchange(answer(current.work));
        } catch (CheckpointException e) {
            abandon(current);
            throw e;
        }
        if (current.committing) {
            committed(current, ByteBuffer.wrap(answers[0]));
            return true;
        }
        if (snapshot == null && current.full) {
            part.taken();
        }
        current.committing = true;
        current.work = communicator.rank() == 0
                ? start(() -> commit(step, current, answers))
                : DiskWork.done(agreement.attempt(() -> Agreement.NOTHING));
        return false;
    }

    private byte[] answer(DiskWork work) {
        try {
            return work.answer();
        } catch (CheckpointException e) { // too late
            return agreement.attempt(() -> {
                throw e;
            });
        }
    }

    /// On rank 0 alone.
    private byte[] commit(long step, Attempt current, byte[][] parts) throws IOException {
        CheckpointManifest.Builder manifest = CheckpointManifest.newBuilder();
        for (byte[] each : parts) {
            manifest.mergeFrom(each);
        }
        manifest.setFormatVersion(ManifestFile.FORMAT_VERSION)
                .setWriter(ManifestFile.WRITER)
                .setConfig(config.toByteString())
                .setShape(Compatibility.shape(part.contents()))
                .setRanks(communicator.size())
                .setPosition(current.position)
                .setEngine(engine)
                .setBlockBytes((int) store.block().byteSize());
        if (!current.full && base != null) {
            manifest.setBase(base);
        }
        long bytes = Chain.bytes(manifest.build());
        int crc = ManifestFile.write(folder.disk(), folder.unfinished(step), manifest.build());
        Chain _ = Chain.read(folder.unfinished(step)); // refuses a base that is no longer there
        folder.commit(step);
        byte[] warning = prune();
        return ByteBuffer.allocate(Integer.BYTES + Long.BYTES + warning.length)
                .putInt(crc)
                .putLong(bytes)
                .put(warning)
                .array();
    }

    /// The checkpoint is there, whatever becomes of old ones.
    private byte[] prune() {
        try {
            folder.prune(config.getCheckpoint().getKeep());
            return Agreement.NOTHING;
        } catch (IOException | CheckpointException e) {
            return ("old checkpoints could not be deleted: " + e.getMessage()).getBytes(UTF_8);
        }
    }

    private void committed(Attempt current, ByteBuffer answer) {
        int crc = answer.getInt();
        current.bytes = answer.getLong();
        if (answer.hasRemaining()) {
            store.warn(UTF_8.decode(answer).toString());
        }
        if (current.full) {
            String name =
                    String.valueOf(folder.finished(current.position.getStep()).getFileName());
            base = config.getCheckpoint().getIncremental()
                    ? BaseCheckpoint.newBuilder()
                            .setName(name)
                            .setManifestCrc32C(crc)
                            .build()
                    : null;
        }
        attempt = null;
    }

    private SavedCheckpoint saved(Attempt current) {
        long step = current.position.getStep();
        // The stall is made of intervals between the beginning and now, so it is never the longer of the two.
        return new SavedCheckpoint(
                step,
                folder.finished(step),
                current.bytes,
                current.fullBytes,
                current.full,
                current.stall,
                System.nanoTime() - current.begin);
    }

    private void abandon(Attempt current) {
        base = null; // it may be the cause; the next one is full
        attempt = null;
        if (communicator.rank() == 0) {
            byte[] outcome = agreement.attempt(() -> {
                folder.delete(folder.unfinished(current.position.getStep()));
                return Agreement.NOTHING;
            });
            if (outcome[0] != 0) {
                store.warn("an unfinished checkpoint could not be deleted: "
                        + new String(outcome, 1, outcome.length - 1, UTF_8));
            }
        }
    }

    @Override
    public void close() {
        if (attempt != null) {
            attempt.work.stop();
            attempt = null;
        }
    }
}
