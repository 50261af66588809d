package io.dlrm4j.launch.process;

import com.google.protobuf.TextFormat;
import io.dlrm4j.launch.report.WorkerReport;
import org.jspecify.annotations.Nullable;

/// A report as one line of text: `@dlrm progress { step: 100 loss: 0.5 }`.
///
/// Text, because standard output may also carry what a native library prints: a line without the mark is a log line,
/// and nothing can break the ones with it.
public final class ReportLine {
    private static final String MARK = "@dlrm ";

    private ReportLine() {}

    /// @return the line, without a line end
    public static String write(WorkerReport report) {
        return MARK + TextFormat.printer().emittingSingleLine(true).printToString(report);
    }

    /// @return the report in `line`, or null if it carries none
    public static @Nullable WorkerReport read(String line) {
        if (!line.startsWith(MARK)) {
            return null;
        }
        try {
            return TextFormat.parse(line.substring(MARK.length()), WorkerReport.class);
        } catch (TextFormat.ParseException notOurs) {
            return null;
        }
    }
}
