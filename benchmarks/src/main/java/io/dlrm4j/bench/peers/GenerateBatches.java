package io.dlrm4j.bench.peers;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.dlrm4j.criteo.synthetic.Cardinalities;
import io.dlrm4j.criteo.synthetic.ZipfIds;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/// Writes the batches that every side reads, the same bytes for the same arguments.
///
/// Ids are Zipf 1.05 with id = rank, so hot rows lie together as ids by first appearance do, or uniform. Dense features
/// are logarithms of counts, a quarter of the labels is 1. The same samples are cut into every batch size.
final class GenerateBatches {
    /// Samples in each file: so many different rows that the last level cache does not hold them.
    static final int SAMPLES = 131_072;

    private static final double ZIPF = 1.05;
    private static final double MEAN_COUNT = 10;
    private static final double CLICKS = 0.25;
    private static final long SEED = 20_260_101;

    private GenerateBatches() {}

    /// Writes what is missing.
    ///
    /// @param kinds of ids: `zipf`, `uniform`
    /// @param batches batch sizes, divisors of `samples`
    /// @param samples in each file
    static void write(Path folder, Cardinalities tables, List<String> kinds, List<Integer> batches, int samples)
            throws IOException {
        Files.createDirectories(folder);
        BatchFile.writeTables(
                folder, tables.rows().stream().mapToInt(Integer::intValue).toArray());
        for (String kind : kinds) {
            for (int batch : batches) {
                Path file = BatchFile.path(folder, kind, batch);
                if (!Files.exists(file)) {
                    Path part = Path.of(file + ".part");
                    write(part, tables, kind, batch, samples);
                    Files.move(part, file);
                }
            }
        }
    }

    private static void write(Path file, Cardinalities tables, String kind, int batch, int samples) throws IOException {
        if (samples % batch != 0) {
            throw new IllegalArgumentException("batch=%d, want a divisor of %d".formatted(batch, samples));
        }
        double exponent = switch (kind) {
            case "zipf" -> ZIPF;
            case "uniform" -> 0;
            default -> throw new IllegalArgumentException("ids=%s, want zipf or uniform".formatted(kind));
        };
        List<ZipfIds> ids =
                tables.rows().stream().map(rows -> new ZipfIds(rows, exponent)).toList();
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] bytes = new byte[(int) BatchFile.bytes(batch)];
        MemorySegment content = MemorySegment.ofArray(bytes);
        BatchFile one = new BatchFile(batch, content);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int k = 0; k < samples / batch; k++) {
                for (int s = 0; s < batch; s++) {
                    sample(random, ids, one, s);
                }
                out.write(bytes);
            }
        }
    }

    private static void sample(SplittableRandom random, List<ZipfIds> ids, BatchFile batch, int s) {
        for (int d = 0; d < BatchFile.DENSE; d++) {
            double count = Math.floor(-MEAN_COUNT * StrictMath.log(1 - random.nextDouble()));
            batch.dense(0).setAtIndex(JAVA_FLOAT_UNALIGNED, (long) s * BatchFile.DENSE + d, (float)
                    StrictMath.log(1 + count));
        }
        for (int t = 0; t < BatchFile.TABLES; t++) {
            int id = ids.get(t).draw(random.nextLong());
            batch.ids(0).setAtIndex(JAVA_INT_UNALIGNED, (long) t * batch.samples() + s, id);
        }
        batch.labels(0).setAtIndex(JAVA_FLOAT_UNALIGNED, s, random.nextDouble() < CLICKS ? 1 : 0);
    }
}
