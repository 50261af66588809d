package io.dlrm4j.trainer.score;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/// Writes one row a sample, in order: `uid` (row number in the data, 64-bit), `label` and `logit` (32-bit floats), and
/// in Parquet, where wanted, `hidden`, a list of 32-bit floats: the activations that the last layer saw.
///
/// Rows go to `NAME.tmp` beside the file; [#finish] gives it its name, so that a file of that name is whole.
public final class ScoreWriter implements AutoCloseable {
    private final Path file;
    private final Path unfinished;
    private final Rows rows;
    private boolean finished;

    /// What a format does.
    interface Rows extends AutoCloseable {
        /// Appends a row.
        void add(long uid, float label, float logit, float[] hidden) throws IOException;

        /// Writes what is left.
        void finish() throws IOException;

        @Override
        void close() throws IOException;
    }

    private ScoreWriter(Path file, Path unfinished, Rows rows) {
        this.file = file;
        this.unfinished = unfinished;
        this.rows = rows;
    }

    /// @param file ends in `.csv`, `.avro` or `.parquet`, which chooses the format
    /// @param hidden activations of each row, 0 for none
    /// @throws IllegalArgumentException when it ends otherwise, or cannot hold activations
    /// @throws IOException when the file cannot be made
    public static ScoreWriter open(Path file, int hidden) throws IOException {
        Path absolute = file.toAbsolutePath();
        requireKnown(absolute, hidden > 0);
        Path folder = absolute.resolveSibling("."); // the file system's root has no parent
        if (!Files.isDirectory(folder)) {
            throw new IOException("%s: no such folder; make it first".formatted(absolute.getParent()));
        }
        Path unfinished = absolute.resolveSibling(absolute.getFileName() + ".tmp");
        Rows rows = switch (suffix(absolute)) {
            case "csv" -> new CsvRows(unfinished);
            case "avro" -> new AvroRows(unfinished);
            default -> new ParquetRows(unfinished, hidden);
        };
        return new ScoreWriter(absolute, unfinished, rows);
    }

    /// @param hidden whether it is to hold activations
    /// @throws IllegalArgumentException when no format has the file's suffix, or its format holds no activations
    public static void requireKnown(Path file, boolean hidden) {
        switch (suffix(file)) {
            case "csv", "avro", "parquet" -> {}
            default ->
                throw new IllegalArgumentException(
                        "scores: file %s, want a name that ends in .csv, .avro or .parquet".formatted(file));
        }
        if (hidden && !suffix(file).equals("parquet")) {
            throw new IllegalArgumentException(
                    "scores: file %s with the hidden layer's activations, want a name that ends in .parquet"
                            .formatted(file));
        }
    }

    /// Appends a row.
    ///
    /// @param hidden as many activations as were announced
    public void add(long uid, float label, float logit, float[] hidden) throws IOException {
        rows.add(uid, label, logit, hidden);
    }

    /// Makes the file appear under its name, durable.
    ///
    /// @return its absolute path
    public Path finish() throws IOException {
        rows.finish();
        rows.close();
        try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        finished = true;
        return file;
    }

    private static String suffix(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /// Deletes an unfinished file.
    @Override
    public void close() throws IOException {
        if (!finished) {
            rows.close();
            Files.deleteIfExists(unfinished);
        }
    }
}
