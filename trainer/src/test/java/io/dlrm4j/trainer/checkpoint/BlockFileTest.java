package io.dlrm4j.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.trainer.manifest.ShardFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What one writes the other reads, by blocks of 64 bytes.
class BlockFileTest {
    private static final int BLOCK = 64;

    @TempDir
    Path folder;

    private final byte[] content = new byte[1000]; // fifteen blocks and a part
    private ShardFile file = ShardFile.getDefaultInstance();

    @BeforeEach
    void write() throws IOException {
        new Random(7).nextBytes(content);
        try (BlockWriter writer = new BlockWriter(Disk.REAL, folder, "file", MemorySegment.ofArray(new byte[BLOCK]))) {
            int from = 0;
            for (int size : new int[] {1, 63, 64, 200, 672}) {
                writer.write(MemorySegment.ofArray(content).asSlice(from, size));
                from += size;
            }
            writer.end();
            file = writer.sync();
        }
    }

    @Test
    void anyRangeIsReadBack() throws IOException {
        assertThat(file.getBytes()).isEqualTo(1000);
        assertThat(file.getBlockCrc32CCount()).isEqualTo(16);
        try (BlockReader reader = open()) {
            for (int from = 0; from <= 1000; from += 37) {
                for (int size : new int[] {0, 1, 64, 65, 1000 - from}) {
                    byte[] out = new byte[Math.min(size, 1000 - from)];
                    reader.read(from, MemorySegment.ofArray(out));
                    assertThat(out).isEqualTo(Arrays.copyOfRange(content, from, from + out.length));
                }
            }
        }
    }

    @Test
    void aFlippedBitAnywhereIsFoundAndItsBlockNamed() throws IOException {
        for (int bit = 0; bit < content.length * 8; bit += 7) {
            byte[] damaged = content.clone();
            damaged[bit / 8] ^= (byte) (1 << (bit % 8));
            Files.write(folder.resolve("file"), damaged);
            int block = bit / 8 / BLOCK;
            try (BlockReader reader = open()) {
                assertThatThrownBy(reader::verify)
                        .as("bit %d", bit)
                        .isInstanceOf(CheckpointException.class)
                        .hasMessageStartingWith(
                                "%s: block %d (bytes %d to ".formatted(folder.resolve("file"), block, block * BLOCK))
                        .hasMessageEndingWith("; the file is damaged");
            }
        }
    }

    @Test
    void aFileOfAnotherSizeIsRefused() throws IOException {
        for (int size : new int[] {0, 8, 999, 1001}) {
            Files.write(folder.resolve("file"), Arrays.copyOf(content, size));
            assertThatThrownBy(this::open)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessage("%s: %d bytes in 16 checked blocks, want 1000 bytes in 16 blocks; the file was cut or "
                                    .formatted(folder.resolve("file"), size)
                            + "replaced");
        }
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        Files.move(folder.resolve("file"), folder.resolve("elsewhere"));
        Files.createSymbolicLink(folder.resolve("file"), folder.resolve("elsewhere"));

        assertThatThrownBy(this::open).isInstanceOf(IOException.class);
    }

    private BlockReader open() throws IOException {
        return new BlockReader(folder, file, MemorySegment.ofArray(new byte[BLOCK]), BLOCK);
    }
}
