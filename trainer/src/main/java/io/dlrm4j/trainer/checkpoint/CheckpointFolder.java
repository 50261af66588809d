package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.trainer.manifest.CheckpointManifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The folder that holds a job's checkpoints, as a file system: one folder a step, the newest found by its name.
///
/// ```
/// checkpoints/
///   step-00001000/   manifest.pb  dense.safetensors  rank-0000.safetensors  rank-0001.safetensors
///   step-00002000/
///   step-00003000.tmp/        being written or deleted, or left by a crash; never read, swept by the next job
///   step-00004000.damaged/    set aside by a job that continued from an older one; never read, left to people
///   lock                      held by the job that writes here
/// ```
public final class CheckpointFolder {
    /// Fewest checkpoints that are kept: when the newest is damaged there is one before it.
    public static final int MIN_KEEP = 2;

    private static final Pattern STEP = Pattern.compile("step-(\\d{8,18})");
    private static final Pattern UNFINISHED = Pattern.compile("step-\\d{8,18}\\.tmp");

    private final Path path;
    private final Disk disk;

    /// @param path the folder
    public CheckpointFolder(Path path) {
        this(path, Disk.REAL);
    }

    /// @param disk what it is written through
    CheckpointFolder(Path path, Disk disk) {
        this.path = path;
        this.disk = disk;
    }

    /// @return the folder
    public Path path() {
        return path;
    }

    Disk disk() {
        return disk;
    }

    /// @return whether a checkpoint's folder may have this name
    static boolean isName(String name) {
        return STEP.matcher(name).matches();
    }

    /// @return the checkpoints, newest first, verified or not
    /// @throws CheckpointException when the folder cannot be read
    public List<Path> newestFirst() {
        return entries(STEP).stream()
                .sorted(Comparator.comparingLong(CheckpointFolder::step).reversed())
                .toList();
    }

    private List<Path> entries(Pattern pattern) {
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.filter(entry -> pattern.matcher(name(entry)).matches())
                    .filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new CheckpointException("%s: cannot be listed: %s".formatted(path, e), e);
        }
    }

    /// Reads every file of one checkpoint, and of its base if it has one, from end to end.
    ///
    /// @param checkpoint its folder
    /// @throws CheckpointException when anything is missing, cut, damaged or too much, naming file and block
    public static void verify(Path checkpoint) {
        Chain chain = Chain.read(checkpoint);
        chain.requireNothingElse();
        CheckpointManifest base = chain.baseManifest();
        int blockBytes = Math.max(chain.manifest().getBlockBytes(), base == null ? 1 : base.getBlockBytes());
        MemorySegment block = MemorySegment.ofArray(new byte[blockBytes]);
        for (int file = 0; file < chain.files(); file++) {
            chain.verify(file, block);
        }
    }

    /// @return where the checkpoint of `step` lies once it is finished
    Path finished(long step) {
        return path.resolve("step-%08d".formatted(step));
    }

    /// @return where it lies until then
    Path unfinished(long step) {
        return path.resolve("step-%08d.tmp".formatted(step));
    }

    /// Makes the folder itself where it is missing, to stay.
    void create() throws IOException {
        List<Path> missing = new ArrayList<>();
        for (Path each = path.toAbsolutePath(); each != null && !Files.exists(each); each = each.getParent()) {
            missing.add(each);
        }
        disk.createFolders(path);
        for (Path made : missing) {
            disk.sync(Objects.requireNonNull(made.getParent(), "the root was there"));
        }
    }

    /// Makes the folder in which the checkpoint of `step` is written.
    void begin(long step) throws IOException {
        delete(unfinished(step));
        disk.createFolders(unfinished(step));
    }

    /// Gives the finished checkpoint its name; from then on it exists, also after a loss of power.
    void commit(long step) throws IOException {
        disk.sync(unfinished(step));
        disk.rename(unfinished(step), finished(step));
        disk.sync(path);
    }

    /// Deletes what crashes have left behind. Only for the job that holds the lock.
    void sweep() throws IOException {
        for (Path left : entries(UNFINISHED)) {
            delete(left);
        }
    }

    /// Renames the checkpoints that are newer than the one a job continues: none of them is whole, or they would be
    /// continued, and the job is about to write these steps itself.
    ///
    /// @return their new names
    List<Path> setAsideNewerThan(Path continued) throws IOException {
        List<Path> aside = new ArrayList<>();
        for (Path newer : newestFirst()) {
            if (step(newer) > step(continued)) {
                Path damaged = path.resolve(name(newer) + ".damaged");
                delete(damaged);
                disk.rename(newer, damaged);
                aside.add(damaged);
            }
        }
        disk.sync(path);
        return aside;
    }

    /// Deletes old checkpoints. There stay: the newest `keep` whose manifests verify, the bases of those, and always
    /// two
    /// that share no file, so that one damaged block never costs everything.
    void prune(int keep) throws IOException {
        Set<String> stay = new HashSet<>();
        Set<String> families = new HashSet<>(); // checkpoints upon the same base
        int whole = 0;
        for (Path checkpoint : newestFirst()) {
            boolean isWanted = whole < keep || families.size() < MIN_KEEP;
            String base = isWanted ? family(checkpoint) : "";
            if (isWanted && base.isEmpty()) {
                stay.add(name(checkpoint)); // damaged: left to people while it is among the newest
            } else if (isWanted && (whole < keep || !families.contains(base))) {
                stay.add(name(checkpoint));
                stay.add(base);
                families.add(base);
                whole++;
            }
        }
        for (Path old : newestFirst()) {
            if (!stay.contains(name(old))) {
                Path going = unfinished(step(old));
                delete(going);
                disk.rename(old, going); // else a crash would leave half a checkpoint under a checkpoint's name
                delete(going);
            }
        }
    }

    /// @return name of the checkpoint's base, its own where it is full, "" where its manifest does not verify
    private static String family(Path checkpoint) {
        try {
            CheckpointManifest manifest = ManifestFile.read(checkpoint);
            return manifest.hasBase() ? manifest.getBase().getName() : name(checkpoint);
        } catch (CheckpointException _) {
            return "";
        }
    }

    /// Deletes a folder and all in it, if it exists.
    void delete(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(folder)) {
            all.forEach(files::add);
        }
        for (Path file : files.reversed()) {
            disk.delete(file);
        }
    }

    /// @param checkpoint a finished one
    static long step(Path checkpoint) {
        Matcher name = STEP.matcher(name(checkpoint));
        if (!name.matches()) {
            throw new IllegalArgumentException(checkpoint + " is no checkpoint's name, want step-00001000");
        }
        return Long.parseLong(name.group(1));
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }
}
