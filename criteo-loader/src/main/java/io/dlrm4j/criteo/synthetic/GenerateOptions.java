package io.dlrm4j.criteo.synthetic;

import java.nio.file.Path;

/// What [GenerateClicks] writes and where.
///
/// @param output the folder ([ClickFormat#NPY]) or file ([ClickFormat#TSV]) to write; must not exist
/// @param format prepared folder or raw lines
/// @param rows in all; at least 2 a day
/// @param seed of the hidden effects and of every row
/// @param cardinalities rows of the tables
/// @param zipfExponent how fast ids get rare: id `k` is drawn in proportion to `(k + 1)^-zipfExponent`; 0 to 8
/// @param days the rows are cut into as many parts, of which the last is for test and validation; raw lines have no
///     days, there the number says on which rows the quality of the true probabilities is measured
/// @param threads that make rows; the rows do not depend on it
public record GenerateOptions(
        Path output,
        ClickFormat format,
        long rows,
        long seed,
        Cardinalities cardinalities,
        double zipfExponent,
        int days,
        int threads) {
    /// Number of days of the Criteo Kaggle data.
    public static final int DAYS = 7;

    /// Slope that makes a few hundred ids carry half of the traffic of a large table.
    public static final double ZIPF_EXPONENT = 1.05;

    private static final double LARGEST_EXPONENT = 8;
    private static final int MOST_DAYS = 1_000;
    private static final int MOST_THREADS = 256;
    private static final long MOST_ROWS_A_DAY = 2_000_000_000;

    public GenerateOptions {
        if (days < 2 || days > MOST_DAYS) {
            throw new IllegalArgumentException(
                    "days=%d, want 2 to %d: the last is kept for evaluation".formatted(days, MOST_DAYS));
        }
        if (rows < 2L * days || rows / days >= MOST_ROWS_A_DAY) {
            throw new IllegalArgumentException(
                    "rows=%d, want %d to %d for %d days".formatted(rows, 2L * days, MOST_ROWS_A_DAY * days - 1, days));
        }
        if (!(zipfExponent >= 0 && zipfExponent <= LARGEST_EXPONENT)) {
            throw new IllegalArgumentException(
                    "zipf-exponent=%s, want 0 to %s".formatted(zipfExponent, LARGEST_EXPONENT));
        }
        if (threads < 1 || threads > MOST_THREADS) {
            throw new IllegalArgumentException("threads=%d, want 1 to %d".formatted(threads, MOST_THREADS));
        }
    }

    /// @return a prepared folder with the tables of the Criteo Kaggle data, made by one thread
    public static GenerateOptions of(Path output, long rows, long seed) {
        return new GenerateOptions(output, ClickFormat.NPY, rows, seed, Cardinalities.kaggle(), ZIPF_EXPONENT, DAYS, 1);
    }

    /// @return the same in another format
    public GenerateOptions withFormat(ClickFormat other) {
        return new GenerateOptions(output, other, rows, seed, cardinalities, zipfExponent, days, threads);
    }

    /// @return the same with other tables
    public GenerateOptions withCardinalities(Cardinalities other) {
        return new GenerateOptions(output, format, rows, seed, other, zipfExponent, days, threads);
    }

    /// @return the same with another slope of the ids
    public GenerateOptions withZipfExponent(double other) {
        return new GenerateOptions(output, format, rows, seed, cardinalities, other, days, threads);
    }

    /// @return the same with another number of days
    public GenerateOptions withDays(int other) {
        return new GenerateOptions(output, format, rows, seed, cardinalities, zipfExponent, other, threads);
    }

    /// @return the same with another number of threads
    public GenerateOptions withThreads(int other) {
        return new GenerateOptions(output, format, rows, seed, cardinalities, zipfExponent, days, other);
    }

    /// @param day 0 or more
    /// @return its rows: a part of all, one more on each of the first days where it does not come out even
    long rowsOfDay(int day) {
        return rows / days + (day < rows % days ? 1 : 0);
    }
}
