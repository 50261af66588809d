package io.dlrm4j.criteo.text;

import io.dlrm4j.core.data.DataException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The side file for lines that cannot be used, and the count of them by reason.
///
/// ```
/// file <tab> line, from 1 <tab> reason <tab> field, from 1, or 0 <tab> first 80 bytes, escaped
/// ```
///
/// The file is created with the first such line.
public final class Quarantine implements AutoCloseable {
    private static final int SHOWN_BYTES = 80;
    private static final long LINES_BEFORE_JUDGING = 10_000;

    private final Path sideFile;
    private final double maxBadRate;
    private final Map<String, Long> counts = new TreeMap<>();
    private @Nullable BufferedWriter writer;
    private String firstBad = "";
    private long lines;
    private long bad;

    /// @param sideFile where the lines go; must not exist
    /// @param maxBadRate part of the lines that may be unusable before the run is stopped
    public Quarantine(Path sideFile, double maxBadRate) {
        this.sideFile = sideFile;
        this.maxBadRate = maxBadRate;
    }

    /// Takes the bad lines of a block.
    ///
    /// @param linesBefore lines of the same file before this block
    /// @throws DataException when too many lines so far are bad
    public void take(RowBlock block, Path file, long linesBefore) throws IOException {
        lines += block.lines();
        List<RowBlock.Bad> found = block.bad();
        for (int i = 0; i < found.size(); i++) {
            add(found.get(i), block.text(), file, linesBefore);
        }
        if (lines >= LINES_BEFORE_JUDGING) {
            judge();
        }
    }

    private void add(RowBlock.Bad line, byte[] text, Path file, long linesBefore) throws IOException {
        bad++;
        counts.merge(line.reason().key(), 1L, Long::sum);
        long number = linesBefore + line.line() + 1;
        if (firstBad.isEmpty()) {
            String field = line.column() == 0 ? "" : " (field " + line.column() + ")";
            firstBad = "%s line %d: %s%s".formatted(file, number, line.reason().text(), field);
        }
        BufferedWriter out = writer;
        if (out == null) {
            out = Files.newBufferedWriter(sideFile, StandardCharsets.US_ASCII);
            writer = out;
            out.write("file\tline\treason\tfield\tfirst_bytes\n");
        }
        out.write("%s\t%d\t%s\t%d\t%s\n"
                .formatted(
                        escape(String.valueOf(file.getFileName()).getBytes(StandardCharsets.UTF_8), 0, SHOWN_BYTES),
                        number,
                        line.reason().key(),
                        line.column(),
                        escape(text, line.start(), Math.min(line.end(), line.start() + SHOWN_BYTES))));
    }

    private static String escape(byte[] bytes, int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < Math.min(to, bytes.length); i++) {
            int value = bytes[i] & 0xFF;
            if (value == '\t') {
                text.append("\\t");
            } else if (value == '\\' || value < ' ' || value > '~') {
                text.append(String.format(Locale.ROOT, "\\x%02x", value));
            } else {
                text.append((char) value);
            }
        }
        return text.toString();
    }

    /// Stops the run when more lines are bad than allowed.
    ///
    /// @throws DataException with how many, the most frequent reasons, and the first line
    public void judge() {
        if (bad > maxBadRate * lines) {
            throw new DataException(String.format(
                    Locale.ROOT,
                    "%d of %d lines cannot be used, want at most %s %%; by reason %s; first: %s",
                    bad,
                    lines,
                    Double.toString(maxBadRate * 100),
                    counts,
                    firstBad));
        }
    }

    /// @return bad lines by reason
    public Map<String, Long> counts() {
        return Map.copyOf(counts);
    }

    /// @return bad lines
    public long bad() {
        return bad;
    }

    /// @return lines, bad ones among them
    public long lines() {
        return lines;
    }

    /// Completes the side file.
    @Override
    public void close() throws IOException {
        BufferedWriter out = writer;
        writer = null;
        if (out != null) {
            out.close();
        }
    }
}
