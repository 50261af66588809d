package io.dlrm4j.criteo.store;

import io.dlrm4j.core.data.DataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/// Size and CRC32C of a file, as the manifest keeps them.
public final class Checksum {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int POLYNOMIAL = 0x82F6_3B78;
    private static final int POWER_0 = 1 << 31;
    private static final int POWER_8 = 1 << 23;

    private Checksum() {}

    /// Reads the whole file.
    public static Manifest.FileEntry of(Path file) throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        long bytes = 0;
        try (FileChannel channel = FileChannel.open(file)) {
            while (channel.read(buffer.clear()) >= 0) {
                bytes += buffer.position();
                crc.update(buffer.flip());
            }
        }
        return new Manifest.FileEntry(String.valueOf(file.getFileName()), bytes, text(crc.getValue()));
    }

    /// @return as the manifest writes it
    public static String text(long crc) {
        return "%08x".formatted(crc);
    }

    /// Multiplies the first by `x` to the power of the bits that follow, modulo CRC32C's polynomial, and adds the
    /// second:
    /// the remainder of a sum is the sum of the remainders.
    ///
    /// @param first CRC32C of some bytes
    /// @param second CRC32C of the `bytes` bytes that follow them
    /// @return the CRC32C of all
    public static int joined(int first, int second, long bytes) {
        int power = POWER_0;
        int square = POWER_8;
        for (long left = bytes; left > 0; left >>= 1) {
            power = (left & 1) == 0 ? power : times(power, square);
            square = times(square, square);
        }
        return times(power, first) ^ second;
    }

    /// Product of two remainders, whose highest bit is the power 0, as in the reflected form of the checksum.
    private static int times(int a, int b) {
        int product = 0;
        int shifted = b;
        for (int power = POWER_0; power != 0; power >>>= 1) {
            product ^= (a & power) == 0 ? 0 : shifted;
            shifted = (shifted >>> 1) ^ ((shifted & 1) == 0 ? 0 : POLYNOMIAL);
        }
        return product;
    }

    /// Checks that a file exists and has the size of its entry; cheap.
    static void checkSize(Path folder, Manifest.FileEntry entry) throws IOException {
        Path file = folder.resolve(entry.name());
        if (!Files.isRegularFile(file)) {
            throw new DataException("%s: no such file, but manifest.json lists it".formatted(file));
        }
        if (!file.toRealPath().startsWith(folder.toRealPath())) {
            throw new DataException("%s: a link that leads out of the folder, want the file itself".formatted(file));
        }
        if (Files.size(file) != entry.bytes()) {
            throw new DataException("%s: %d bytes, want %d as manifest.json says; prepare the data again"
                    .formatted(file, Files.size(file), entry.bytes()));
        }
    }

    /// Reads a file and compares it with its entry.
    static void check(Path folder, Manifest.FileEntry entry) throws IOException {
        checkSize(folder, entry);
        Manifest.FileEntry found = of(folder.resolve(entry.name()));
        if (!found.equals(entry)) {
            throw new DataException("%s: crc32c=%s, want %s as manifest.json says; prepare the data again"
                    .formatted(folder.resolve(entry.name()), found.crc32c(), entry.crc32c()));
        }
    }

    /// Reads every file a manifest lists and compares them.
    ///
    /// @throws DataException naming the first file that differs
    public static void checkAll(Path folder, Manifest manifest) throws IOException {
        for (Manifest.FileEntry entry : manifest.files()) {
            check(folder, entry);
        }
    }

    /// Compares existence and size of every file a manifest lists.
    ///
    /// @throws DataException naming the first file that differs
    public static void checkSizes(Path folder, Manifest manifest) throws IOException {
        for (Manifest.FileEntry entry : manifest.files()) {
            checkSize(folder, entry);
        }
    }
}
