package io.dlrm4j.criteo.synthetic;

import java.util.ArrayList;
import java.util.List;

/// Rows of the 26 tables.
///
/// @param rows for C1 to C26 in order, each from 1 to 2,147,483,647
public record Cardinalities(List<Integer> rows) {
    /// Tables of Criteo's click data.
    public static final int TABLES = 26;

    private static final int FEWEST_SCALED = 3;
    private static final List<Integer> KAGGLE = List.of(
            1_460,
            583,
            10_131_227,
            2_202_608,
            305,
            24,
            12_517,
            633,
            3,
            93_145,
            5_683,
            8_351_593,
            3_194,
            27,
            14_992,
            5_461_306,
            10,
            5_652,
            2_173,
            4,
            7_046_547,
            18,
            15,
            286_181,
            105,
            142_572);

    public Cardinalities {
        rows = List.copyOf(rows);
        if (rows.size() != TABLES) {
            throw new IllegalArgumentException(
                    "cardinalities=%d numbers, want %d, one for each table".formatted(rows.size(), TABLES));
        }
        for (int t = 0; t < TABLES; t++) {
            if (rows.get(t) < 1) {
                throw new IllegalArgumentException(
                        "cardinalities: table %s: rows=%d, want 1 or more".formatted(name(t), rows.get(t)));
            }
        }
    }

    /// @return the tables of the Criteo Kaggle data, 33,762,577 rows in all
    public static Cardinalities kaggle() {
        return new Cardinalities(KAGGLE);
    }

    /// @return the name of table `table`: `C1` for table 0
    public static String name(int table) {
        return "C" + (table + 1);
    }

    /// @param factor above 0, at most 1
    /// @return tables of `rows * factor` rows, but at least 3 where there were 3
    public Cardinalities scaled(double factor) {
        if (!(factor > 0 && factor <= 1)) {
            throw new IllegalArgumentException("scale=%s, want more than 0 and at most 1".formatted(factor));
        }
        List<Integer> scaled = new ArrayList<>();
        for (int all : rows) {
            scaled.add(Math.min(all, Math.max((int) (all * factor), FEWEST_SCALED)));
        }
        return new Cardinalities(scaled);
    }

    /// @return the rows of all tables together
    public long total() {
        return rows.stream().mapToLong(Integer::longValue).sum();
    }
}
