package io.dlrm4j.criteo.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a prepared folder holds: `manifest.json`. The same data gives the same bytes: no time, no host, no full path.
///
/// @param format which layout, in which version
/// @param rules how raw lines became rows
/// @param tables categorical columns and the rows their tables need
/// @param rows how many rows there are, and how they are split
/// @param files every other file of the folder, with its checksum
/// @param origin where the rows come from
public record Manifest(
        Format format, Rules rules, List<Table> tables, Rows rows, List<FileEntry> files, Origin origin) {
    /// Layout of columns in `.npy` files, three a day.
    public static final String NPY = "npy";

    /// Layout of 160-byte records, as MLPerf has them.
    public static final String BINARY = "binary";

    /// The version written and read here.
    public static final int VERSION = 1;

    private static final String NAME = "dlrm4j-prepared";

    /// @param name always `dlrm4j-prepared`
    /// @param version always 1 so far
    /// @param layout `npy` or `binary`
    public record Format(String name, int version, String layout) {
        public Format {
            Objects.requireNonNull(name, "format.name is missing");
            Objects.requireNonNull(layout, "format.layout is missing");
        }

        /// @return the present version
        public static Format of(String layout) {
            return new Format(NAME, VERSION, layout);
        }

        /// @return whether this is a format read here
        boolean known() {
            return name.equals(NAME) && version == VERSION && (layout.equals(NPY) || layout.equals(BINARY));
        }
    }

    /// @param dictionary how values got their ids: `all-days`, `training-days`, `given`, or `none` for generated rows
    /// @param maxIndRange values were taken modulo this before they got an id; 0: they were not
    /// @param subSampleRate part of the rows with label 0 that was left out
    /// @param subSampleSeed seed of the draws that left them out
    /// @param unseenRow whether the last row of each table stands for values that are not in the dictionary
    public record Rules(
            String dictionary, long maxIndRange, double subSampleRate, long subSampleSeed, boolean unseenRow) {
        public Rules {
            Objects.requireNonNull(dictionary, "rules.dictionary is missing");
        }
    }

    /// @param name column
    /// @param rows rows that its embedding table needs
    public record Table(String name, long rows) {
        public Table {
            Objects.requireNonNull(name, "a table has no name");
        }
    }

    /// @param perDay rows of each day, in order
    /// @param training rows of all days but the last
    /// @param test first half of the last day, the larger one
    /// @param validation the rest of the last day
    public record Rows(List<Long> perDay, long training, long test, long validation) {
        public Rows {
            perDay = List.copyOf(perDay);
        }

        /// @return the split of the reference: the last day is halved, all before it is for training
        public static Rows split(List<Long> perDay) {
            long all = perDay.stream().mapToLong(Long::longValue).sum();
            long last = perDay.getLast();
            return new Rows(perDay, all - last, last - last / 2, last / 2);
        }
    }

    /// @param name inside the folder
    /// @param bytes size
    /// @param crc32c checksum (Castagnoli) of all bytes, eight hex digits
    public record FileEntry(String name, long bytes, String crc32c) {
        public FileEntry {
            Objects.requireNonNull(name, "a file has no name");
            Objects.requireNonNull(crc32c, "a file has no crc32c");
        }
    }

    /// @param command what wrote the folder: `prepare` or `generate`
    /// @param inputs raw files read
    /// @param quarantined lines that could not be used, by reason
    /// @param truth for generated rows: the best that any model can do
    public record Origin(
            String command,
            List<Input> inputs,
            Map<String, Long> quarantined,
            @Nullable Truth truth) {
        public Origin {
            inputs = List.copyOf(inputs);
            quarantined = new TreeMap<>(quarantined);
        }
    }

    /// @param name without its folder
    /// @param bytes size as read
    /// @param lines lines it had, usable or not
    public record Input(String name, long bytes, long lines) {}

    /// Quality of the true click probabilities against the labels drawn.
    ///
    /// @param seed of the generator
    /// @param positiveRate part of rows with label 1
    /// @param onTest on the test rows
    /// @param onLastDay on the test and validation rows
    public record Truth(long seed, double positiveRate, Score onTest, Score onLastDay) {}

    /// @param auc area under the ROC curve
    /// @param logLoss mean logistic loss, natural logarithm
    public record Score(double auc, double logLoss) {}

    public Manifest {
        Objects.requireNonNull(format, "format is missing");
        Objects.requireNonNull(rules, "rules is missing");
        Objects.requireNonNull(rows, "rows is missing");
        Objects.requireNonNull(origin, "origin is missing");
        tables = List.copyOf(tables);
        files = List.copyOf(files);
    }

    /// @return rows of the days before the last
    public List<Long> trainingDays() {
        return rows.perDay.subList(0, rows.perDay.size() - 1);
    }

    /// @return names of the files that hold rows, in the order of the rows
    List<String> rowFiles() {
        if (format.layout.equals(BINARY)) {
            return List.of(DayFiles.TRAIN_BINARY, DayFiles.TEST_BINARY, DayFiles.VALIDATION_BINARY);
        }
        List<String> names = new ArrayList<>();
        for (int day = 0; day < rows.perDay.size(); day++) {
            names.addAll(List.of(DayFiles.dense(day), DayFiles.sparse(day), DayFiles.labels(day)));
        }
        return names;
    }
}
