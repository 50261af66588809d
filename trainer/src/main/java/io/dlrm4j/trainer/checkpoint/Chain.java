package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.trainer.manifest.CheckpointManifest;
import io.dlrm4j.trainer.manifest.ShardFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A checkpoint by its manifest, and the full one it builds upon, if it is one of touched rows.
///
/// @param path its folder
/// @param manifest what it holds
/// @param baseManifest of the base, or null: it is full
record Chain(
        Path path, CheckpointManifest manifest, @Nullable CheckpointManifest baseManifest) {
    /// Reads the manifests.
    ///
    /// @throws CheckpointException when one is missing or damaged, or the base is another than was meant
    static Chain read(Path checkpoint) {
        CheckpointManifest manifest = ManifestFile.read(checkpoint);
        if (!manifest.hasBase()) {
            return new Chain(checkpoint, manifest, null);
        }
        Path base = base(checkpoint, manifest);
        ManifestFile.Sealed sealed;
        try {
            sealed = ManifestFile.readSealed(base);
        } catch (CheckpointException e) {
            throw new CheckpointException(
                    "%s holds the rows touched since %s, which is needed with it: %s"
                            .formatted(checkpoint, base.getFileName(), e.getMessage()),
                    e);
        }
        int want = manifest.getBase().getManifestCrc32C();
        if (sealed.crc32c() != want || sealed.manifest().hasBase()) {
            throw new CheckpointException(
                    "%s holds the rows touched since %s, but that is another one: crc32c=%08x, want %08x"
                            .formatted(checkpoint, base, sealed.crc32c(), want));
        }
        return new Chain(checkpoint, manifest, sealed.manifest());
    }

    /// @return the folder of the base, beside this one
    Path basePath() {
        return base(path, manifest);
    }

    private static Path base(Path checkpoint, CheckpointManifest manifest) {
        return checkpoint.toAbsolutePath().resolveSibling(manifest.getBase().getName());
    }

    /// @return files in all
    int files() {
        return manifest.getFilesCount() + (baseManifest == null ? 0 : baseManifest.getFilesCount());
    }

    /// @return bytes of all files in this folder but the manifest
    static long bytes(CheckpointManifest manifest) {
        return manifest.getFilesList().stream().mapToLong(ShardFile::getBytes).sum();
    }

    /// Reads one file from end to end.
    ///
    /// @param index of the file; those of the base come last
    /// @param block buffer of one block
    /// @throws CheckpointException when it is missing, cut or damaged, naming file and block
    void verify(int index, MemorySegment block) {
        boolean own = index < manifest.getFilesCount();
        Path folder = own ? path : basePath();
        CheckpointManifest of = own || baseManifest == null ? manifest : baseManifest;
        ShardFile file = of.getFiles(own ? index : index - manifest.getFilesCount());
        if (of.getBlockBytes() > block.byteSize()) {
            throw new CheckpointException(
                    "%s: block_bytes=%d, want %d at most".formatted(folder, of.getBlockBytes(), block.byteSize()));
        }
        try (BlockReader reader = new BlockReader(folder, file, block, of.getBlockBytes())) {
            reader.verify();
        } catch (NoSuchFileException e) {
            throw new CheckpointException(folder.resolve(file.getName()) + ": no such file", e);
        } catch (IOException e) {
            throw new CheckpointException("%s: cannot be read: %s".formatted(folder.resolve(file.getName()), e), e);
        }
    }

    /// @throws CheckpointException when the folder holds a file that nobody reads: one of another step or run
    void requireNothingElse() {
        Set<String> known = new HashSet<>();
        known.add(ManifestFile.NAME);
        manifest.getFilesList().forEach(file -> known.add(file.getName()));
        try (Stream<Path> entries = Files.list(path)) {
            for (Path entry : entries.toList()) {
                String name = String.valueOf(entry.getFileName());
                boolean hidden = name.startsWith("."); // file systems and browsers leave such files
                if (!known.contains(name) && !hidden && Files.exists(entry, LinkOption.NOFOLLOW_LINKS)) {
                    throw new CheckpointException(entry + ": not in the manifest; it belongs elsewhere, move it away");
                }
            }
        } catch (IOException e) {
            throw new CheckpointException("%s: cannot be listed: %s".formatted(path, e), e);
        }
    }
}
