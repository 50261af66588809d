package io.dlrm4j.trainer.checkpoint;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.dlrm4j.trainer.manifest.CheckpointManifest;
import io.dlrm4j.trainer.manifest.SealedManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/// The file `manifest.pb` of a checkpoint: written last, read first, and not believed before it verifies. It is one
/// block.
public final class ManifestFile {
    /// Version of the format that is written, and the highest that is read. Version 2 can hold touched rows alone; a
    /// full checkpoint of version 1 reads the same.
    public static final int FORMAT_VERSION = 3;

    /// The program, as manifests name their writer.
    public static final String WRITER = "dlrm4j 0.1.0";

    static final String NAME = "manifest.pb";

    private static final long MAX_BYTES = 256L << 20;

    private ManifestFile() {}

    /// A manifest that verified.
    ///
    /// @param manifest what it says
    /// @param crc32c its checksum
    record Sealed(CheckpointManifest manifest, int crc32c) {}

    /// Writes the manifest into `folder` and waits until the device has it.
    ///
    /// @return its checksum
    static int write(Disk disk, Path folder, CheckpointManifest manifest) throws IOException {
        ByteString bytes = manifest.toByteString();
        int crc = crc(bytes);
        SealedManifest sealed =
                SealedManifest.newBuilder().setManifest(bytes).setCrc32C(crc).build();
        try (Disk.Out out = disk.create(folder.resolve(NAME))) {
            out.write(ByteBuffer.wrap(sealed.toByteArray()));
            out.force();
        }
        return crc;
    }

    /// @param folder one checkpoint
    /// @return its manifest, whose file names are plain names within the folder
    /// @throws CheckpointException when there is none, it is damaged, or it is of a newer format
    public static CheckpointManifest read(Path folder) {
        return readSealed(folder).manifest();
    }

    /// @throws CheckpointException as [#read]
    static Sealed readSealed(Path folder) {
        Path path = folder.resolve(NAME);
        try {
            if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                throw new CheckpointException(path + ": no such file; the checkpoint was not finished");
            }
            if (Files.size(path) > MAX_BYTES) {
                throw new CheckpointException(
                        "%s: %d bytes, want %d at most".formatted(path, Files.size(path), MAX_BYTES));
            }
            return parse(path, Files.readAllBytes(path));
        } catch (IOException e) {
            throw new CheckpointException("%s: cannot be read: %s".formatted(path, e), e);
        }
    }

    /// @param path named in messages
    /// @param bytes all of the file
    /// @throws CheckpointException when they are not a whole manifest that holds together
    static Sealed parse(Path path, byte[] bytes) {
        String block = "%s: block 0 (bytes 0 to %d)".formatted(path, bytes.length);
        try {
            SealedManifest sealed = SealedManifest.parseFrom(bytes);
            int crc = crc(sealed.getManifest());
            if (!sealed.hasCrc32C() || sealed.getCrc32C() != crc) {
                throw new CheckpointException(
                        "%s: crc32c=%08x, want %08x; the file is damaged".formatted(block, crc, sealed.getCrc32C()));
            }
            CheckpointManifest manifest = CheckpointManifest.parseFrom(sealed.getManifest());
            ManifestChecks.run(path, manifest);
            return new Sealed(manifest, crc);
        } catch (InvalidProtocolBufferException e) {
            throw new CheckpointException(block + ": not a manifest; the file is damaged: " + e.getMessage(), e);
        }
    }

    private static int crc(ByteString bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.asReadOnlyByteBuffer());
        return (int) crc.getValue();
    }
}
