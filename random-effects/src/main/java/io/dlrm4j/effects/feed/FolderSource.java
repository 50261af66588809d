package io.dlrm4j.effects.feed;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.EntityData;
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
/// The position is the name of a file and how many of its samples were handed out.
public final class FolderSource implements MinibatchSource {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Path path;
    private final Opener opener;
    private final boolean growing;
    private final Sample sample = new Sample();
    private String name = "";
    private long taken;
    private long filesRead;
    private @Nullable SampleReader reader;
    private boolean exhausted;

    /// Opens a file's reader.
    public interface Opener {
        /// @param file to be read
        /// @param firstUid number of its first sample where the file holds none
        SampleReader open(Path file, long firstUid) throws IOException;
    }

    private FolderSource(Path path, Opener opener, boolean growing) {
        this.path = path;
        this.opener = opener;
        this.growing = growing;
    }

    /// One file, from its beginning or from a position.
    ///
    /// @param position [Minibatch#position] or empty
    public static FolderSource file(Path file, Opener opener, String position) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new DataException("%s: no such file".formatted(file));
        }
        return new FolderSource(file, opener, false).goTo(position);
    }

    /// A folder that grows.
    ///
    /// @param position [Minibatch#position] or empty
    public static FolderSource growing(Path folder, Opener opener, String position) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new DataException("%s: no such folder".formatted(folder));
        }
        return new FolderSource(folder, opener, true).goTo(position);
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
        Path file = growing ? path.resolve(name).normalize() : path;
        if (!file.startsWith(path) || !Files.isRegularFile(file)) {
            throw new DataException("%s: the file %s of position \"%s\" is not there".formatted(path, name, position));
        }
        reader = opener.open(file, 0);
        for (long i = 0; i < taken; i++) {
            if (!reader.next(sample)) {
                throw new DataException(
                        "%s: %d samples, want at least the %d of position \"%s\"".formatted(file, i, taken, position));
            }
        }
        return this;
    }

    @Override
    public Minibatch next(int most, Duration patience) throws IOException {
        EntityData samples = new EntityData();
        samples.begin("");
        List<String> entities = new ArrayList<>();
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            while (entities.size() < most && advance()) {
                samples.addRow(sample.uid(), sample.label(), sample.weight(), sample.offset());
                for (int i = 0; i < sample.features(); i++) {
                    samples.addFeature(sample.indices()[i], sample.values()[i]);
                }
                entities.add(sample.entity());
            }
            if (!entities.isEmpty() || exhausted || System.nanoTime() - deadline >= 0) {
                return new Minibatch(samples, entities, name + ":" + taken);
            }
            LockSupport.parkNanos(POLL_NANOS);
            if (Thread.interrupted()) {
                throw new IOException("%s: interrupted while waiting for samples".formatted(path));
            }
        }
    }

    /// @return whether a sample was read
    private boolean advance() throws IOException {
        while (!exhausted) {
            if (reader == null && !openNext()) {
                exhausted = !growing;
                return false;
            }
            if (reader != null && reader.next(sample)) {
                taken++;
                return true;
            }
            closeReader();
        }
        return false;
    }

    private boolean openNext() throws IOException {
        if (!growing) {
            if (!name.isEmpty()) {
                return false;
            }
            name = path.getFileName().toString();
            reader = opener.open(path, 0);
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
        reader = opener.open(path.resolve(name), 0);
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

    @Override
    public boolean isExhausted() {
        return exhausted;
    }

    private void closeReader() throws IOException {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }

    @Override
    public void close() throws IOException {
        closeReader();
    }
}
