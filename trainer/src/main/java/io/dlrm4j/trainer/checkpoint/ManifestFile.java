package io.dlrm4j.trainer.checkpoint;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.dlrm4j.trainer.manifest.CheckpointManifest;
import io.dlrm4j.trainer.manifest.SealedManifest;
import io.dlrm4j.trainer.manifest.ShardFile;
import io.dlrm4j.trainer.manifest.TableShard;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/// The file `manifest.pb` of a checkpoint: written last, read first, and not believed before it verifies.
public final class ManifestFile {
    /// Version of the format that is written, and the highest that is read.
    public static final int FORMAT_VERSION = 1;

    static final String NAME = "manifest.pb";

    private static final long MAX_BYTES = 256L << 20;
    private static final int MAX_BLOCK_BYTES = 64 << 20;
    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}");

    private ManifestFile() {}

    /// Writes the manifest into `folder` and waits until the device has it.
    static void write(Path folder, CheckpointManifest manifest) throws IOException {
        ByteString bytes = manifest.toByteString();
        SealedManifest sealed = SealedManifest.newBuilder()
                .setManifest(bytes)
                .setCrc32C(crc(bytes))
                .build();
        try (FileChannel channel =
                FileChannel.open(folder.resolve(NAME), StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            ByteBuffer buffer = ByteBuffer.wrap(sealed.toByteArray());
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
    }

    /// @param folder one checkpoint
    /// @return its manifest, whose file names are plain names within the folder
    /// @throws CheckpointException when there is none, it is damaged, or it is of a newer format
    public static CheckpointManifest read(Path folder) {
        Path path = folder.resolve(NAME);
        try {
            if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                throw new CheckpointException(path + ": no such file; the checkpoint was not finished");
            }
            if (Files.size(path) > MAX_BYTES) {
                throw new CheckpointException(
                        "%s: %d bytes, want %d at most".formatted(path, Files.size(path), MAX_BYTES));
            }
            SealedManifest sealed = SealedManifest.parseFrom(Files.readAllBytes(path));
            if (!sealed.hasCrc32C() || sealed.getCrc32C() != crc(sealed.getManifest())) {
                throw new CheckpointException("%s: crc32c=%08x, want %08x; the file is damaged"
                        .formatted(path, crc(sealed.getManifest()), sealed.getCrc32C()));
            }
            return check(path, CheckpointManifest.parseFrom(sealed.getManifest()));
        } catch (InvalidProtocolBufferException e) {
            throw new CheckpointException(path + ": not a manifest; the file is damaged: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new CheckpointException("%s: cannot be read: %s".formatted(path, e), e);
        }
    }

    private static CheckpointManifest check(Path path, CheckpointManifest manifest) {
        if (manifest.getFormatVersion() < 1 || manifest.getFormatVersion() > FORMAT_VERSION) {
            throw new CheckpointException("%s: format version %d of %s, want 1 to %d; use a newer version of dlrm"
                    .formatted(path, manifest.getFormatVersion(), manifest.getWriter(), FORMAT_VERSION));
        }
        if (manifest.getBlockBytes() < 1 || manifest.getBlockBytes() > MAX_BLOCK_BYTES) {
            throw new CheckpointException(
                    "%s: block_bytes=%d, want 1 to %d".formatted(path, manifest.getBlockBytes(), MAX_BLOCK_BYTES));
        }
        Set<String> names = new HashSet<>();
        for (ShardFile file : manifest.getFilesList()) {
            if (!PLAIN_NAME.matcher(file.getName()).matches() || !names.add(file.getName())) {
                throw new CheckpointException(
                        "%s: file name \"%s\", want a plain name that occurs once".formatted(path, file.getName()));
            }
        }
        for (TableShard shard : manifest.getShardsList()) {
            if (!names.contains(shard.getFile())) {
                throw new CheckpointException("%s: table %d lies in file \"%s\", which is not listed"
                        .formatted(path, shard.getTable(), shard.getFile()));
            }
        }
        return manifest;
    }

    private static int crc(ByteString bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.asReadOnlyByteBuffer());
        return (int) crc.getValue();
    }
}
