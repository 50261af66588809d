package io.dlrm4j.bench.peers;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Batches of one size in one file, as every side reads them: for each batch, little-endian and without a header,
///
/// ```
/// dense    float32 [samples, 13]
/// ids      int32   [26, samples]
/// labels   float32 [samples]
/// ```
///
/// Beside the files lies `tables.txt`: the rows of the 26 tables on one line, separated by commas.
///
/// @param samples of each batch
/// @param content the whole file, mapped
public record BatchFile(int samples, MemorySegment content) {
    /// Dense features of a sample.
    public static final int DENSE = 13;

    /// Embedding tables, each looked up once a sample.
    public static final int TABLES = 26;

    private static final String TABLES_FILE = "tables.txt";

    /// @param kind of ids: `zipf` or `uniform`
    /// @return where the batches of `samples` samples are
    public static Path path(Path folder, String kind, int samples) {
        return folder.resolve(kind + "-" + samples + ".bin");
    }

    /// @throws IOException when the file cannot be read or does not end with a whole batch
    public static BatchFile open(Path folder, String kind, int samples) throws IOException {
        Path file = path(folder, kind, samples);
        try (FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            if (size == 0 || size % bytes(samples) != 0) {
                throw new IOException("%s: length=%d, want a multiple of %d, the bytes of %d samples; generate it again"
                        .formatted(file, size, bytes(samples), samples));
            }
            return new BatchFile(samples, channel.map(FileChannel.MapMode.READ_ONLY, 0, size, Arena.ofAuto()));
        }
    }

    /// @return the rows of the 26 tables
    public static int[] tables(Path folder) throws IOException {
        String line = Files.readString(folder.resolve(TABLES_FILE)).strip();
        int[] rows = Arrays.stream(line.split(",")).mapToInt(Integer::parseInt).toArray();
        if (rows.length != TABLES) {
            throw new IOException(
                    "%s: numbers=%d, want %d".formatted(folder.resolve(TABLES_FILE), rows.length, TABLES));
        }
        return rows;
    }

    static void writeTables(Path folder, int[] rows) throws IOException {
        String line = IntStream.of(rows).mapToObj(Integer::toString).collect(Collectors.joining(","));
        Files.writeString(folder.resolve(TABLES_FILE), line + "\n", StandardCharsets.US_ASCII);
    }

    /// @return bytes of one batch
    static long bytes(int samples) {
        return (DENSE + TABLES + 1L) * Float.BYTES * samples;
    }

    /// @return how many batches there are
    public int count() {
        return (int) (content.byteSize() / bytes(samples));
    }

    /// @return the dense features of batch `k`
    public MemorySegment dense(int k) {
        return part(k, 0, DENSE);
    }

    /// @return the ids of batch `k`, all of table 0 first
    public MemorySegment ids(int k) {
        return part(k, DENSE, TABLES);
    }

    /// @return the labels of batch `k`
    public MemorySegment labels(int k) {
        return part(k, DENSE + TABLES, 1);
    }

    private MemorySegment part(int k, int from, int columns) {
        long column = (long) samples * Float.BYTES;
        return content.asSlice(k * bytes(samples) + from * column, columns * column);
    }
}
