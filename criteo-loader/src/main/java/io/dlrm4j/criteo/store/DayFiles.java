package io.dlrm4j.criteo.store;

/// Names of the files in a prepared folder, those of the field's `.npy` layout and of the MLPerf binary.
public final class DayFiles {
    /// The file that says what the others hold.
    public static final String MANIFEST = "manifest.json";

    /// Lines that could not be used.
    public static final String QUARANTINE = "quarantine.tsv";

    /// MLPerf binary: rows of all days but the last.
    public static final String TRAIN_BINARY = "train_data.bin";

    /// MLPerf binary: first half of the last day.
    public static final String TEST_BINARY = "test_data.bin";

    /// MLPerf binary: second half of the last day.
    public static final String VALIDATION_BINARY = "val_data.bin";

    private DayFiles() {}

    /// @return dense features of a day, `float32 [rows, 13]`
    public static String dense(int day) {
        return "day_" + day + "_dense.npy";
    }

    /// @return ids of a day, `int32 [rows, 26]`
    public static String sparse(int day) {
        return "day_" + day + "_sparse.npy";
    }

    /// @return labels of a day, `int32 [rows, 1]`
    public static String labels(int day) {
        return "day_" + day + "_labels.npy";
    }

    /// @return the values of a column in the order of their ids, `int32 [values]`
    public static String vocabulary(String table) {
        return "vocabulary_" + table + ".npy";
    }
}
