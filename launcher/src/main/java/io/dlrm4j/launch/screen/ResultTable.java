package io.dlrm4j.launch.screen;

import java.util.ArrayList;
import java.util.List;

/// A table of results in two columns.
///
/// ```
/// steps         919
/// AUC           0.7695
/// checkpoint    runs/kaggle/step-919
/// ```
public final class ResultTable {
    private final List<String[]> rows = new ArrayList<>();

    /// Adds a row.
    public ResultTable row(String name, String value) {
        rows.add(new String[] {name, value});
        return this;
    }

    /// @return the rows as lines, with the values in one column
    public String print() {
        int width = 0;
        for (String[] row : rows) {
            width = Math.max(width, row[0].length());
        }
        StringBuilder text = new StringBuilder();
        for (String[] row : rows) {
            text.append(row[0])
                    .repeat(' ', width + 2 - row[0].length())
                    .append(row[1])
                    .append('\n');
        }
        return text.toString();
    }
}
