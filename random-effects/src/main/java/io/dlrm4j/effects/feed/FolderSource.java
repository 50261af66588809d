package io.dlrm4j.effects.feed;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.SampleReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Samples from files of a folder in the order of their names, also of files that come later; or from one file.
///
/// A file must appear under its name whole (written under another name beside it, then renamed), and later files must
/// have later names, such as `2026-11-21T17-00.avro`. Names that begin with `_` or `.`, or end in `.tmp`, are not read.
/// A file that comes with a name before one that was read is refused: its samples would never be learned from.
///
/// The position is the name of a file and how many of its samples were handed out. Each kind of entity has a reader of
/// its own, which reads the same samples with that kind's ids and features.
public final class FolderSource implements MinibatchSource {
    private static final int MOST_PASSED = 4_096;
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Path path;
    private final List<Kind> kinds;
    private final boolean growing;
    private final Sample sample = new Sample();
    private String name = "";
    private long taken;
    private long filesRead;
    private @Nullable List<SampleReader> readers;
    private boolean exhausted;

    /// A kind of entity.
    ///
    /// @param name of the kind
    /// @param opener of readers of its samples
    public record Kind(String name, Opener opener) {}

    /// Opens a file's reader.
    public interface Opener {
        /// @param file to be read
        /// @param firstUid number of its first sample where the file holds none
        SampleReader open(Path file, long firstUid) throws IOException;
    }

    private FolderSource(Path path, List<Kind> kinds, boolean growing) {
        this.path = path;
        this.kinds = List.copyOf(kinds);
        this.growing = growing;
    }

    /// One file, from its beginning or from a position.
    ///
    /// @param kinds of entities, one or more
    /// @param position [Minibatch#position] or empty
    public static FolderSource file(Path file, List<Kind> kinds, String position) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new DataException("%s: no such file".formatted(file));
        }
        return new FolderSource(file, kinds, false).goTo(position);
    }

    /// A folder that grows.
    ///
    /// @param kinds of entities, one or more
    /// @param position [Minibatch#position] or empty
    public static FolderSource growing(Path folder, List<Kind> kinds, String position) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new DataException("%s: no such folder".formatted(folder));
        }
        return new FolderSource(folder, kinds, true).goTo(position);
    }

    private FolderSource goTo(String position) throws IOException {
        if (position.isEmpty()) {
            return this;
        }
        int colon = position.lastIndexOf(':');
        try {
            name = position.substring(0, Math.max(0, colon));
            taken = Long.parseLong(position.substring(colon + 1));
        } catch (NumberFormatException e) {
            throw new DataException("%s: position \"%s\", want FILE:SAMPLES".formatted(path, position), e);
        }
        filesRead = names().stream().filter(there -> there.compareTo(name) <= 0).count();
        Path file = growing ? path.resolve(name) : path;
        if (!name.equals(String.valueOf(file.getFileName())) || !Files.isRegularFile(file)) { // also of names with ../
            throw new DataException("%s: the file %s of position \"%s\" is not there".formatted(path, name, position));
        }
        long wanted = taken;
        openReaders(file);
        Batch passed = new Batch(names(kinds));
        for (taken = 0; taken < wanted; ) {
            if (!take(passed)) {
                throw new DataException("%s: %d samples, want at least the %d of position \"%s\""
                        .formatted(file, taken, wanted, position));
            }
            passed = passed.rows() < MOST_PASSED ? passed : new Batch(names(kinds));
        }
        return this;
    }

    private static List<String> names(List<Kind> kinds) {
        return kinds.stream().map(Kind::name).toList();
    }

    private void openReaders(Path file) throws IOException {
        List<SampleReader> opened = new ArrayList<>();
        readers = opened;
        for (Kind kind : kinds) {
            opened.add(kind.opener().open(file, 0));
        }
    }

    @Override
    public Minibatch next(int most, Duration patience) throws IOException {
        Batch batch = new Batch(names(kinds));
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            boolean more = true;
            while (more && batch.rows() < most) {
                more = advance(batch);
            }
            if (batch.rows() > 0 || exhausted || System.nanoTime() - deadline >= 0) {
                return batch.finish(name + ":" + taken);
            }
            LockSupport.parkNanos(POLL_NANOS);
            if (Thread.interrupted()) {
                throw new IOException("%s: interrupted while waiting for samples".formatted(path));
            }
        }
    }

    /// @return whether a sample was read
    private boolean advance(Batch batch) throws IOException {
        while (!exhausted) {
            if (readers == null && !openNext()) {
                exhausted = !growing;
                return false;
            }
            if (take(batch)) {
                return true;
            }
            closeReaders();
        }
        return false;
    }

    /// Takes one sample with every kind's reader.
    private boolean take(Batch batch) throws IOException {
        int kind = 0;
        for (SampleReader reader : readers == null ? List.<SampleReader>of() : readers) {
            if (!reader.next(sample)) {
                return false; // all of them, since they read the same file
            }
            batch.add(kind++, sample);
        }
        taken += kind > 0 ? 1 : 0;
        return kind > 0;
    }

    private boolean openNext() throws IOException {
        if (!growing) {
            if (!name.isEmpty()) {
                return false;
            }
            name = path.getFileName().toString();
            openReaders(path);
            return true;
        }
        List<String> names = names();
        long before = names.stream().filter(there -> there.compareTo(name) <= 0).count();
        if (before > filesRead) {
            throw new DataException(
                    "%s: a file came with a name before %s, which was read; give later files later names"
                            .formatted(path, name));
        }
        filesRead = before; // files that were read may be taken away
        if (before == names.size()) {
            return false;
        }
        name = names.get((int) before);
        filesRead++;
        taken = 0;
        openReaders(path.resolve(name));
        return true;
    }

    private List<String> names() throws IOException {
        if (!growing) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(file -> !file.startsWith("_") && !file.startsWith(".") && !file.endsWith(".tmp"))
                    .sorted()
                    .toList();
        }
    }

    private void closeReaders() throws IOException {
        List<SampleReader> opened = readers;
        readers = null;
        for (SampleReader reader : opened == null ? List.<SampleReader>of() : opened) {
            reader.close();
        }
    }

    @Override
    public void close() throws IOException {
        closeReaders();
    }
}
