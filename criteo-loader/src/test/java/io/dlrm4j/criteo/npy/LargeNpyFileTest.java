package io.dlrm4j.criteo.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrm4j.criteo.store.Checksum;
import io.dlrm4j.criteo.store.Manifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files of more than one block, which are written past the page cache where that is possible.
class LargeNpyFileTest {
    private static final int BLOCK_INTS = 1 << 20;
    private static final Path MEMORY = Path.of("/dev/shm");

    @TempDir
    Path temp;

    private static int value(long index) {
        return (int) (index * 0x9E37_79B9L) ^ (int) (index >>> 7);
    }

    /// Appends in pieces of changing size.
    private static void append(NpyWriter writer, long from, long to) throws IOException {
        int piece = 1;
        for (long at = from; at < to; at += piece) {
            piece = (int) Math.min(piece % 300_007 * 3 + 1, to - at);
            ByteBuffer buffer = ByteBuffer.allocate(piece * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < piece; i++) {
                buffer.putInt(value(at + i));
            }
            writer.write(buffer.flip());
        }
    }

    private static void assertHolds(Path file, long first, long count) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.limit()).isEqualTo((int) (NpyWriter.HEADER_BYTES + count * Integer.BYTES));
        int wrong = 0;
        for (int i = 0; i < count; i++) {
            wrong += bytes.getInt(NpyWriter.HEADER_BYTES + i * Integer.BYTES) == value(first + i) ? 0 : 1;
        }
        assertThat(wrong).isZero();
        try (NpyFile read = NpyFile.open(file)) {
            assertThat(read.shape()).isEqualTo(List.of(count));
        }
    }

    private static Manifest.FileEntry write(Path file, long count) throws IOException {
        NpyWriter writer = NpyWriter.create(file, NpyType.INT32, List.of());
        try (writer) {
            append(writer, 0, count);
        }
        return writer.entry().orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(
            ints = {0, 1, BLOCK_INTS - 33, BLOCK_INTS - 32, BLOCK_INTS - 31, 2 * BLOCK_INTS - 32, 3 * BLOCK_INTS + 5})
    void anyLengthIsWrittenAndItsChecksumKnown(int count) throws IOException {
        Path file = temp.resolve("a.npy");
        Manifest.FileEntry entry = write(file, count);
        assertHolds(file, 0, count);
        assertThat(entry).isEqualTo(Checksum.of(file));
    }

    @Test
    void memoryFileSystemsTakeTheSame() throws IOException {
        assumeTrue(Files.isWritable(MEMORY), "no /dev/shm here");
        Path folder = Files.createTempDirectory(MEMORY, "npy-test");
        Path file = folder.resolve("a.npy");
        try {
            assertThat(write(file, BLOCK_INTS + 7)).isEqualTo(Checksum.of(file));
            assertHolds(file, 0, BLOCK_INTS + 7);
        } finally {
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    @Test
    void rowsMoveAcrossBlocksAndFilesGoOn() throws IOException {
        Path first = temp.resolve("first.npy");
        Path second = temp.resolve("second.npy");
        long cut = BLOCK_INTS + 11;
        long end = 3L * BLOCK_INTS;
        try (NpyWriter from = NpyWriter.create(first, NpyType.INT32, List.of());
                NpyWriter to = NpyWriter.create(second, NpyType.INT32, List.of())) {
            append(from, 0, end);
            from.moveTail(cut, to);
            assertThat(from.rows()).isEqualTo(cut);
            assertThat(from.entry()).as("rows were moved from it").isEmpty();
        }
        assertHolds(first, 0, cut);
        assertHolds(second, cut, end - cut);
        try (NpyWriter again = NpyWriter.reopen(first, NpyType.INT32, List.of())) {
            append(again, cut, end + 3);
            assertThat(again.entry()).as("its first rows were not seen").isEmpty();
        }
        assertHolds(first, 0, end + 3);
    }

    @Test
    void checksumsJoin() {
        Random random = new Random(5);
        byte[] bytes = new byte[5_000];
        random.nextBytes(bytes);
        for (int cut : new int[] {0, 1, 7, 2_500, 4_999, 5_000}) {
            assertThat(Checksum.joined(crc(bytes, 0, cut), crc(bytes, cut, 5_000), 5_000 - cut))
                    .isEqualTo(crc(bytes, 0, 5_000));
        }
    }

    private static int crc(byte[] bytes, int from, int to) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, to - from);
        return (int) crc.getValue();
    }
}
