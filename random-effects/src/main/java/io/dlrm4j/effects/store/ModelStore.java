package io.dlrm4j.effects.store;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.NewFile;
import io.dlrm4j.effects.online.Posterior;
import io.dlrm4j.effects.online.PosteriorStore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Models by id type and key, each with the commit that wrote it as its version.
///
/// ```
/// try (ModelStore store = ModelStore.open(folder)) {
///     store.put(model);                 // of any number of keys and id types
///     store.putPosition("clicks", "42"); // how far what they learned from has been read
///     long version = store.commit();    // durable when it returns; all or nothing
///     store.rollback(version - 1, false); // models and positions are those of then; this is a commit as well
/// }
/// ```
///
/// [#get] sees what is committed. Any number of threads may call it; everything else is for one thread.
public final class ModelStore implements Closeable {
    private final Path folder;
    private final FileChannel lockFile;
    private final FileLock lock;
    private final ReentrantReadWriteLock guard = new ReentrantReadWriteLock();
    private final Map<List<String>, StoredModel> pending = new LinkedHashMap<>();
    private final Map<String, String> pendingPositions = new LinkedHashMap<>();
    private final StoreState state;

    private ModelStore(Path folder, FileChannel lockFile, FileLock lock, StoreState state) {
        this.folder = folder;
        this.lockFile = lockFile;
        this.lock = lock;
        this.state = state;
    }

    /// One commit.
    ///
    /// @param version its number
    /// @param models how many it wrote
    /// @param rolledBackTo the commit that it went back to, -1 where it is no rollback
    public record Commit(long version, long models, long rolledBackTo) {}

    /// Opens a store, or makes one. What a killed process had not committed is gone.
    ///
    /// @throws DataException when another process has it open, or committed bytes are damaged, naming file and byte
    public static ModelStore open(Path folder) throws IOException {
        Files.createDirectories(folder);
        FileChannel lockFile =
                FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = lock(folder, lockFile);
            int generation = LogFile.newest(folder);
            if (generation == 0) {
                generation = 1;
                LogFile.create(LogFile.path(folder, generation), 0);
            }
            StoreState state = StoreState.read(LogFile.open(LogFile.path(folder, generation)), generation);
            LogFile.deleteOthers(folder, generation);
            return new ModelStore(folder, lockFile, lock, state);
        } catch (IOException | RuntimeException e) {
            lockFile.close();
            throw e;
        }
    }

    /// @return whether a folder holds a store
    public static boolean isStore(Path folder) throws IOException {
        return Files.isDirectory(folder) && LogFile.newest(folder) > 0;
    }

    private static FileLock lock(Path folder, FileChannel file) throws IOException {
        try {
            FileLock lock = file.tryLock();
            if (lock != null) {
                return lock;
            }
        } catch (OverlappingFileLockException e) {
            throw new DataException("%s: open in this process already".formatted(folder), e);
        }
        throw new DataException("%s: open in another process; end it first".formatted(folder));
    }

    /// @return the feature index of an id type, to which anybody may add; what is added goes into the next commit
    public FeatureIndex features(String idType) {
        return state.features(idType);
    }

    /// Hands over a model to be written by the next commit. Of a key that is put twice the last counts.
    ///
    /// @param model its version is not looked at
    /// @throws DataException when a feature's number is not in the id type's index
    public void put(StoredModel model) {
        int size = features(model.idType()).size();
        int[] numbers = model.posterior().features();
        if (numbers.length > 0 && (numbers[0] < FeatureIndex.INTERCEPT || numbers[numbers.length - 1] >= size)) {
            throw new DataException("%s %s: feature %d, want numbers of the id type's index, which has %d"
                    .formatted(model.idType(), model.key(), numbers[numbers.length - 1], size));
        }
        pending.put(List.of(model.idType(), model.key()), model);
    }

    /// Hands over how far a feed has been read, to be written by the next commit together with what was learned from
    /// it: after a kill, samples behind the position are those that the models have not seen.
    ///
    /// @param feed such as a topic
    /// @param position where it goes on
    public void putPosition(String feed, String position) {
        pendingPositions.put(feed, position);
    }

    /// @return how far a feed was read as of the last commit, empty where it was not
    public String position(String feed) {
        guard.readLock().lock();
        try {
            return state.position(feed);
        } finally {
            guard.readLock().unlock();
        }
    }

    /// @return the feeds that were read
    public List<String> feeds() {
        return List.copyOf(state.feeds());
    }

    /// @return bytes of the log
    public long bytes() {
        return state.bytes();
    }

    /// @return the first commit that can be gone back to
    public long oldest() {
        return state.oldest();
    }

    /// Hands out the commits that the log holds, in their order.
    public void forEachCommit(Consumer<Commit> taker) {
        guard.readLock().lock();
        try {
            state.forEachCommit(taker);
        } finally {
            guard.readLock().unlock();
        }
    }

    /// The beliefs of online learning: what is put is seen at once by [PosteriorStore#get], and written by the next
    /// [#commit]. For the thread that writes.
    public PosteriorStore beliefs() {
        return new PosteriorStore() {
            @Override
            public @Nullable Posterior get(String kind, String entity) {
                StoredModel put = pending.get(List.of(kind, entity));
                StoredModel newest = put == null ? ModelStore.this.get(kind, entity) : put;
                return newest == null ? null : newest.posterior();
            }

            @Override
            public void put(String kind, String entity, Posterior posterior) {
                ModelStore.this.put(new StoredModel(kind, entity, posterior));
            }
        };
    }

    /// Writes what was put, durable when this returns.
    ///
    /// @return its number, the version of the models written
    /// @throws IOException when it cannot be written; then the store must be opened anew, and shows the commit
    ///     before
    public long commit() throws IOException {
        StoreState.Written written = state.write(pending.values(), pendingPositions); // readers go on meanwhile
        pending.clear();
        pendingPositions.clear();
        guard.writeLock().lock();
        try {
            state.show(written);
            return written.number();
        } finally {
            guard.writeLock().unlock();
        }
    }

    /// @return the newest model, or null where there is none
    public @Nullable StoredModel get(String idType, String key) {
        return get(idType, key, Long.MAX_VALUE);
    }

    /// @param version a commit
    /// @return the model as of that commit, or null where there was none
    public @Nullable StoredModel get(String idType, String key, long version) {
        guard.readLock().lock();
        try {
            return state.get(idType, key, version);
        } finally {
            guard.readLock().unlock();
        }
    }

    /// @return the number of the last commit, 0 before the first
    public long version() {
        return state.version();
    }

    /// @return number of keys of all id types
    public int size() {
        return state.size();
    }

    /// Hands out the newest model of every key, in the order in which they were written.
    public void forEach(Consumer<StoredModel> taker) {
        guard.readLock().lock();
        try {
            for (long place : state.places()) {
                taker.accept(state.model(place));
            }
        } finally {
            guard.readLock().unlock();
        }
    }

    /// Makes the models those of an earlier commit. Feature indexes keep what they have.
    ///
    /// @param version of the commit to go back to
    /// @param keepPositions whether feeds go on where they are, so that what came since is not learned from again;
    ///     otherwise they go on where they were
    /// @return the number of the commit that this is
    /// @throws DataException when that commit was compacted away, was itself gone back from, or does not exist
    public long rollback(long version, boolean keepPositions) throws IOException {
        guard.writeLock().lock();
        try {
            if (!pending.isEmpty()) {
                throw new IllegalStateException(
                        "%s: %d models were put and not committed".formatted(folder, pending.size()));
            }
            return state.rollback(version, keepPositions);
        } finally {
            guard.writeLock().unlock();
        }
    }

    /// Writes the log anew without what nobody can go back to.
    ///
    /// @param oldest the first commit that can still be gone back to; [#version] keeps the newest models alone
    public void compact(long oldest) throws IOException {
        guard.writeLock().lock();
        try {
            if (oldest < state.oldest() || oldest > state.version()) {
                throw new DataException("%s: compact to version %d, want %d to %d"
                        .formatted(folder, oldest, state.oldest(), state.version()));
            }
            int next = state.generation() + 1;
            Path file = LogFile.path(folder, next);
            try (NewFile begun = NewFile.begin(file)) {
                new Compaction(state, oldest).write(begun.unfinished());
                begun.finish();
            }
            state.replace(LogFile.open(file), next);
            LogFile.deleteOthers(folder, next);
        } finally {
            guard.writeLock().unlock();
        }
    }

    @Override
    public void close() throws IOException {
        try (lockFile;
                lock) {
            state.close();
        }
    }
}
