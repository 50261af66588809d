package io.dlrm4j.criteo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.criteo.npy.NpyFile;
import io.dlrm4j.criteo.store.DayFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Lines that cannot be used: each reason, where it is said, and that the lines around them are not touched.
class QuarantineTest {
    private static final String GOOD = RawClicks.lines(1, 1).getFirst();

    @TempDir
    Path temp;

    private PrepareReport run(double maxBadRate, Path... inputs) throws IOException {
        return Prepare.run(
                PrepareOptions.of(List.of(inputs), temp.resolve("data"))
                        .withThreads(2)
                        .withMaxBadRate(maxBadRate),
                ProgressListener.NONE);
    }

    private List<String> sideFile() throws IOException {
        return Files.readAllLines(temp.resolve("data").resolve(DayFiles.QUARANTINE));
    }

    private static String with(int field, String value) {
        String[] fields = GOOD.split("\t", -1);
        fields[field - 1] = value;
        return String.join("\t", fields);
    }

    private static Map<String, String> corpus() {
        Map<String, String> bad = new LinkedHashMap<>();
        bad.put("", "field-count\t0");
        bad.put(GOOD + "\t", "field-count\t0");
        bad.put(GOOD.substring(2), "field-count\t0");
        bad.put("no clicks at all", "field-count\t0");
        bad.put(with(3, "1\0"), "nul-byte\t0");
        bad.put("\0", "nul-byte\t0");
        bad.put(with(1, ""), "label\t1");
        bad.put(with(1, "2"), "label\t1");
        bad.put(with(1, "01"), "label\t1");
        bad.put(with(2, "1.5"), "not-an-integer\t2");
        bad.put(with(2, "-"), "not-an-integer\t2");
        bad.put(with(14, "+1"), "not-an-integer\t14");
        bad.put(with(5, "\u00e9"), "not-an-integer\t5");
        bad.put(with(4, "2147483648"), "integer-overflow\t4");
        bad.put(with(4, "-2147483649"), "integer-overflow\t4");
        bad.put(with(4, "99999999999999999999999"), "integer-overflow\t4");
        bad.put(with(15, "xyz"), "not-hex\t15");
        bad.put(with(40, "0x12"), "not-hex\t40");
        bad.put(with(20, "-1"), "not-hex\t20");
        bad.put(with(40, "12 "), "not-hex\t40");
        bad.put(with(16, "123456789"), "hex-too-long\t16");
        bad.put(with(16, "f".repeat(70_000)), "line-too-long\t0");
        bad.put("x".repeat(3 << 20), "line-too-long\t0"); // longer than a block
        return bad;
    }

    @Test
    void everyReasonIsToldWithFileAndLineAndTheRestIsUntouched() throws IOException {
        List<String> lines = new ArrayList<>();
        List<String> want = new ArrayList<>(List.of("file\tline\treason\tfield"));
        corpus().forEach((line, reason) -> {
            lines.add(GOOD);
            lines.add(line);
            want.add("raw.tsv\t%d\t%s".formatted(lines.size(), reason));
        });
        lines.add(GOOD);
        PrepareReport report = run(1, RawClicks.write(temp.resolve("raw.tsv"), lines));
        assertThat(sideFile().stream()
                        .map(line -> line.substring(0, line.lastIndexOf('\t')))
                        .toList())
                .isEqualTo(want);
        assertThat(report.lines()).isEqualTo(lines.size());
        assertThat(report.rows()).isEqualTo(corpus().size() + 1);
        assertThat(report.quarantined())
                .containsEntry("field-count", 4L)
                .containsEntry("nul-byte", 2L)
                .containsEntry("label", 3L)
                .containsEntry("not-an-integer", 4L)
                .containsEntry("integer-overflow", 3L)
                .containsEntry("not-hex", 4L)
                .containsEntry("hex-too-long", 1L)
                .containsEntry("line-too-long", 2L)
                .hasSize(8);
        assertThat(report.manifest().origin().quarantined()).isEqualTo(report.quarantined());
        for (int day = 0; day < 7; day++) {
            assertThat(NpyFile.ints(temp.resolve("data").resolve(DayFiles.sparse(day))))
                    .containsOnly(0);
        }
        PreparedData.open(temp.resolve("data")).verify();
    }

    @Test
    void theExtremesThatAreAllowedAreTaken() throws IOException {
        List<String> lines = List.of(
                with(2, "2147483647"), with(2, "-2147483648"), with(15, "ffffffff"), with(15, "0"), with(15, ""));
        PrepareReport report = run(0, RawClicks.write(temp.resolve("raw.tsv"), lines));
        assertThat(report.rows()).isEqualTo(5);
        assertThat(NpyFile.floats(temp.resolve("data").resolve(DayFiles.dense(0)))[0])
                .isEqualTo((float) Math.log(2_147_483_648.0));
        assertThat(NpyFile.floats(temp.resolve("data").resolve(DayFiles.dense(1)))[0])
                .isZero();
        assertThat(NpyFile.ints(temp.resolve("data").resolve(DayFiles.sparse(3)))[0])
                .as("a missing category is the value 0")
                .isEqualTo(NpyFile.ints(temp.resolve("data").resolve(DayFiles.sparse(4)))[0]);
    }

    @Test
    void bytesAreShownEscaped() throws IOException {
        RawClicks.write(temp.resolve("raw.tsv"), List.of(GOOD, "a\tb\\c\u00ff\0"));
        run(1, temp.resolve("raw.tsv"));
        assertThat(sideFile().getLast()).isEqualTo("raw.tsv\t2\tnul-byte\t0\ta\\tb\\x5cc\\xff\\x00");
    }

    @Test
    void tooManyBadLinesStopTheRunAndNothingButTheSideFileStays() throws IOException {
        List<String> lines = new ArrayList<>(RawClicks.lines(12_000, 3));
        for (int i = 0; i < 13; i++) {
            lines.set(100 + i, with(1, "7"));
        }
        Path raw = RawClicks.write(temp.resolve("raw.tsv"), lines);
        Path kept = temp.resolve("data.quarantine.tsv");
        assertThatThrownBy(() -> run(0.001, raw))
                .isInstanceOf(DataException.class)
                .hasMessageMatching(
                        "13 of 1[0-9]{4} lines cannot be used, want at most 0\\.1 %; by reason \\{label=13\\};"
                                + " first: .*raw\\.tsv line 101: label is not 0 or 1 \\(field 1\\); see .*data\\.quarantine\\.tsv");
        assertThat(kept).exists();
        assertThat(Files.readAllLines(kept)).hasSize(14);
        assertThat(temp.resolve("data")).doesNotExist();
        assertThat(temp.resolve("data.partial")).doesNotExist();
        assertThat(run(0.002, raw).rows()).isEqualTo(11_987);
    }

    @Test
    void aSmallFileIsJudgedAtItsEnd() throws IOException {
        Path raw = RawClicks.write(temp.resolve("raw.tsv"), List.of(GOOD, "x"));
        assertThatThrownBy(() -> run(0.001, raw))
                .hasMessageStartingWith("1 of 2 lines cannot be used, want at most 0.1 %");
        Path none = RawClicks.write(temp.resolve("none.tsv"), List.of("x"));
        assertThatThrownBy(() -> run(1, none)).hasMessageContaining("no line that can be used");
    }

    @Test
    void whatACutGzipFileHoldsCompletelyIsUsedAndTheCutIsReported() throws IOException {
        List<String> lines = RawClicks.lines(3_000, 5);
        byte[] whole = RawClicks.gzip(String.join("\n", lines) + "\n");
        Path cut = Files.write(temp.resolve("cut.gz"), Arrays.copyOf(whole, whole.length / 2));
        PrepareReport report = run(0.01, cut);
        assertThat(report.endedEarly()).containsExactly(cut);
        assertThat(report.quarantined()).isEqualTo(Map.of("gzip-ends-early", 1L));
        assertThat(report.rows()).isBetween(1_000L, 2_000L);
        int rows = (int) report.rows();
        assertThat(sideFile().getLast()).startsWith("cut.gz\t" + (rows + 1) + "\tgzip-ends-early\t0\t");
        int[][] ids = RawClicks.ids(lines.subList(0, rows));
        int[] lastDay = NpyFile.ints(temp.resolve("data").resolve(DayFiles.sparse(6)));
        assertThat(Arrays.copyOfRange(lastDay, lastDay.length - 26, lastDay.length))
                .isEqualTo(ids[rows - 1]);
    }

    @Test
    void damagedGzipIsRefused() throws IOException {
        byte[] whole = RawClicks.gzip(String.join("\n", RawClicks.lines(50, 5)) + "\n");
        byte[] badCrc = whole.clone();
        badCrc[whole.length - 8] ^= 1;
        Path crc = Files.write(temp.resolve("crc.gz"), badCrc);
        assertThatThrownBy(() -> run(1, crc))
                .hasMessageStartingWith(
                        crc + ": gzip data before byte " + whole.length + " does not match its checksum");
        Path tail = Files.write(temp.resolve("tail.gz"), Arrays.copyOf(whole, whole.length + 3));
        Files.write(tail, "rubbish".getBytes(StandardCharsets.US_ASCII), StandardOpenOption.APPEND);
        assertThatThrownBy(() -> run(1, tail)).hasMessageContaining("is followed by bytes that are not gzip");
        assertThat(temp.resolve("data")).doesNotExist();
    }
}
