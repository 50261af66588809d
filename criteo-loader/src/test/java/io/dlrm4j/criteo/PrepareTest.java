package io.dlrm4j.criteo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.criteo.npy.NpyFile;
import io.dlrm4j.criteo.store.DayFiles;
import io.dlrm4j.criteo.store.Manifest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrepareTest {
    private static final long SEED = 20_261;

    @TempDir
    Path temp;

    private PrepareOptions options(String output, Path... inputs) {
        return PrepareOptions.of(List.of(inputs), temp.resolve(output)).withThreads(2);
    }

    private static PrepareReport run(PrepareOptions options) throws IOException {
        return Prepare.run(options, ProgressListener.NONE);
    }

    private Path raw(String name, List<String> lines) throws IOException {
        return RawClicks.write(temp.resolve(name), lines);
    }

    private int[] ids(String output, int day) throws IOException {
        return NpyFile.ints(temp.resolve(output).resolve(DayFiles.sparse(day)));
    }

    private static int[] flat(int[][] rows, int from, int to) {
        return Arrays.stream(rows, from, to).flatMapToInt(Arrays::stream).toArray();
    }

    private void assertSameFiles(String one, String other) throws IOException {
        try (Stream<Path> files = Files.list(temp.resolve(one))) {
            for (Path file : files.toList()) {
                if (!file.endsWith(DayFiles.MANIFEST)) {
                    assertThat(temp.resolve(other).resolve(file.getFileName())).hasSameBinaryContentAs(file);
                }
            }
        }
    }

    @Test
    void idsFollowTheFirstAppearanceOverAllDays() throws IOException {
        List<String> lines = RawClicks.lines(703, SEED);
        PrepareReport report = run(options("data", raw("raw", lines)));
        int[][] want = RawClicks.ids(lines);
        assertThat(report.manifest().rows().perDay()).containsExactly(101L, 101L, 101L, 100L, 100L, 100L, 100L);
        assertThat(ids("data", 0)).isEqualTo(flat(want, 0, 101));
        assertThat(ids("data", 6)).isEqualTo(flat(want, 603, 703));
        assertThat(report.lines()).isEqualTo(703);
        assertThat(report.quarantined()).isEmpty();
        assertThat(temp.resolve("data").resolve(DayFiles.QUARANTINE)).doesNotExist();
        PreparedData.open(temp.resolve("data")).verify();
    }

    @Test
    void theResultIsTheSameForAnyNumberOfThreads() throws IOException {
        Path raw = raw("raw", RawClicks.lines(20_000, SEED)); // several blocks
        run(options("one", raw).withThreads(1));
        for (int threads : new int[] {2, 5}) {
            run(options("many" + threads, raw).withThreads(threads));
            assertSameFiles("one", "many" + threads);
            assertThat(temp.resolve("many" + threads).resolve(DayFiles.MANIFEST))
                    .hasSameBinaryContentAs(temp.resolve("one").resolve(DayFiles.MANIFEST));
        }
    }

    @Test
    void severalFilesAreOneStreamAndGzipIsTransparent() throws IOException {
        List<String> lines = RawClicks.lines(7_000, SEED);
        run(options("one", raw("raw", lines)));
        Path first = raw("first", lines.subList(0, 2_345));
        ByteArrayOutputStream members = new ByteArrayOutputStream();
        members.write(RawClicks.gzip(String.join("\n", lines.subList(2_345, 4_000)) + "\n"));
        members.write(RawClicks.gzip(String.join("\n", lines.subList(4_000, 7_000))));
        members.write(new byte[512]); // padding, as tape archives leave it
        Path second = Files.write(temp.resolve("second"), members.toByteArray());
        run(options("two", first, second));
        assertSameFiles("one", "two");
    }

    @Test
    void lineEndsByteOrderMarkAndLetterCaseDoNotMatter() throws IOException {
        List<String> lines = RawClicks.lines(50, SEED);
        run(options("plain", raw("raw", lines)));
        StringBuilder odd = new StringBuilder("\u00ef\u00bb\u00bf");
        for (String line : lines) {
            odd.append(line.toUpperCase(Locale.ROOT)).append("\r\n");
        }
        odd.setLength(odd.length() - 2); // no line end after the last line
        Path file = Files.writeString(temp.resolve("odd"), odd, StandardCharsets.ISO_8859_1);
        run(options("odd-data", file));
        assertSameFiles("plain", "odd-data");
    }

    @Test
    void eachFileOrEachSoManyLinesCanBeADay() throws IOException {
        List<String> lines = RawClicks.lines(100, SEED);
        PrepareReport files = run(options("files", raw("a", lines.subList(0, 70)), raw("b", lines.subList(70, 100)))
                .withDays(DaySplit.files()));
        assertThat(files.manifest().rows().perDay()).containsExactly(70L, 30L);
        PrepareReport rows = run(options("rows", raw("c", lines)).withDays(DaySplit.ofRows(40)));
        assertThat(rows.manifest().rows().perDay()).containsExactly(40L, 40L, 20L);
        assertThat(flat(RawClicks.ids(lines), 40, 80)).isEqualTo(ids("rows", 1));
    }

    @Test
    void linesThatCannotBeUsedMoveTheEndsOfDays() throws IOException {
        List<String> lines = RawClicks.lines(5_000, SEED);
        List<String> withBad = new ArrayList<>(lines);
        for (int i = 0; i < 40; i++) {
            withBad.add(i * 97, "bad");
        }
        Path good = raw("good", lines);
        Path bad = raw("bad", withBad);
        for (String layout : List.of(Manifest.NPY, Manifest.BINARY)) {
            run(options("good-" + layout, good).withLayout(layout));
            PrepareReport report =
                    run(options("bad-" + layout, bad).withLayout(layout).withMaxBadRate(0.1));
            assertThat(report.quarantined()).containsEntry("field-count", 40L);
            assertSameFiles("good-" + layout, "bad-" + layout);
            PreparedData.open(temp.resolve("bad-" + layout)).verify();
        }
    }

    @Test
    void dictionariesBeyondTheLimitStopTheRun() throws IOException {
        Path raw = raw("raw", RawClicks.lines(5_000, SEED));
        PrepareOptions options = options("data", raw).withMemoryLimit(300 << 10);
        assertThatThrownBy(() -> run(options))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("memory of prepare: C")
                .hasMessageEndingWith("of 0.3 MiB are taken; raise --memory-limit or set --max-ind-range");
        assertThat(temp.resolve("data")).doesNotExist();
    }

    @Test
    void aTrainingDictionaryGivesWhatIsNewOnTheLastDayOneRow() throws IOException {
        List<String> lines = RawClicks.lines(400, SEED);
        int[][] training = RawClicks.ids(lines.subList(0, 300));
        int[][] all = RawClicks.ids(lines);
        for (String layout : List.of(Manifest.NPY, Manifest.BINARY)) {
            PrepareReport report = run(options(layout, raw("raw", lines))
                    .withDays(DaySplit.ofRows(100))
                    .withTrainingDictionary(true)
                    .withLayout(layout));
            assertThat(report.manifest().rules().unseenRow()).isTrue();
            for (int t = 0; t < 26; t++) {
                int table = t;
                int seen = Arrays.stream(training)
                                .mapToInt(row -> row[table])
                                .max()
                                .orElseThrow()
                        + 1;
                assertThat(report.manifest().tables().get(t).rows()).isEqualTo(seen + 1);
                for (int[] row : all) {
                    row[t] = Math.min(row[t], seen);
                }
            }
        }
        assertThat(ids(Manifest.NPY, 3)).isEqualTo(flat(all, 300, 400));
        int[] record = new int[26];
        ByteBuffer.wrap(Files.readAllBytes(temp.resolve(Manifest.BINARY).resolve(DayFiles.VALIDATION_BINARY)))
                .order(ByteOrder.LITTLE_ENDIAN)
                .slice(14 * 4, 26 * 4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asIntBuffer()
                .get(record);
        assertThat(record).isEqualTo(all[350]);
    }

    @Test
    void laterFilesArePreparedWithAnExistingDictionary() throws IOException {
        List<String> lines = RawClicks.lines(400, SEED);
        run(options("first", raw("raw", lines)).withDays(DaySplit.ofRows(100)).withTrainingDictionary(true));
        PrepareReport later = run(options("later", raw("raw2", lines.subList(300, 400)))
                .withDays(DaySplit.parts(1))
                .withVocabulary(temp.resolve("first")));
        assertThat(ids("later", 0)).isEqualTo(ids("first", 3));
        assertThat(later.manifest().tables())
                .isEqualTo(PreparedData.open(temp.resolve("first")).manifest().tables());
        assertThat(later.manifest().rules().dictionary()).isEqualTo("given");
    }

    @Test
    void aDictionaryWithoutARowForUnseenValuesRefusesThemByPlace() throws IOException {
        List<String> lines = new ArrayList<>(RawClicks.lines(30, SEED));
        run(options("first", raw("raw", lines)));
        lines.set(20, lines.get(20).substring(0, lines.get(20).lastIndexOf('\t') + 1) + "00c0ffee");
        Path raw = raw("raw2", lines);
        PrepareOptions options = options("later", raw).withVocabulary(temp.resolve("first"));
        assertThatThrownBy(() -> run(options))
                .isInstanceOf(DataException.class)
                .hasMessage(raw + " line 21, column C26: 00c0ffee is not in the vocabulary, which has no row for unseen"
                        + " values; use a vocabulary made from the training days alone");
        assertThat(temp.resolve("later")).doesNotExist();
        assertThat(temp.resolve("later.partial")).doesNotExist();
    }

    @Test
    void aDamagedVocabularyIsRefused() throws IOException {
        run(options("first", raw("raw", RawClicks.lines(30, SEED))));
        Path file = temp.resolve("first").resolve(DayFiles.vocabulary("C2"));
        Files.delete(file);
        PrepareOptions options = options("later", temp.resolve("raw")).withVocabulary(temp.resolve("first"));
        assertThatThrownBy(() -> run(options))
                .hasMessage(file + ": no such file; want a folder written by dlrm prepare");
    }

    @Test
    void progressEndsAtTheSizeOfAllInputs() throws IOException {
        Path a = raw("a", RawClicks.lines(9_000, SEED));
        Path b = raw("b", RawClicks.lines(10, SEED));
        AtomicLong last = new AtomicLong();
        AtomicLong rows = new AtomicLong();
        Prepare.run(options("data", a, b), (done, total, seen) -> {
            assertThat(done).isBetween(last.get(), total);
            last.set(done);
            rows.set(seen);
        });
        assertThat(last.get()).isEqualTo(Files.size(a) + Files.size(b));
        assertThat(rows.get()).isEqualTo(9_010);
    }

    @Test
    void anOutputThatExistsIsLeftAlone() throws IOException {
        Path raw = raw("raw", RawClicks.lines(10, SEED));
        run(options("data", raw));
        assertThatThrownBy(() -> run(options("data", raw)))
                .hasMessage(temp.resolve("data") + ": is not empty; remove it or choose another output");
        assertThat(temp.resolve("data.partial")).doesNotExist();
    }

    @Test
    void absentAndEmptyInputsAreNamed() throws IOException {
        Path absent = temp.resolve("absent");
        assertThatThrownBy(() -> run(options("data", absent))).hasMessage(absent + ": no such file");
        Path empty = Files.createFile(temp.resolve("empty"));
        assertThatThrownBy(() -> run(options("data", empty))).hasMessage(empty + ": is empty");
        Path emptyGzip = Files.write(temp.resolve("empty.gz"), RawClicks.gzip(""));
        assertThatThrownBy(() -> run(options("data", emptyGzip))).hasMessage(emptyGzip + ": has no lines");
        assertThat(temp.resolve("data")).doesNotExist();
        assertThat(temp.resolve("data.partial")).doesNotExist();
    }

    @Test
    void optionsThatCannotBeAreRefused() {
        assertThatThrownBy(() -> options("data", temp).withThreads(0)).hasMessage("threads=0, want 1 or more");
        assertThatThrownBy(() -> options("data", temp).withSubSample(1, 0))
                .hasMessage("sub-sample-rate=1.0, want 0 or more and less than 1");
        assertThatThrownBy(() -> options("data", temp).withMaxIndRange(-1))
                .hasMessage("max-ind-range=-1, want 0 to 2147483647");
        assertThatThrownBy(() -> options("data", temp).withLayout("csv")).hasMessage("format=csv, want npy or binary");
        assertThatThrownBy(() -> options("data", temp).withDays(DaySplit.parts(0)))
                .hasMessage("day split by PARTS: size=0, want 1 or more");
        assertThatThrownBy(
                        () -> options("data", temp).withDays(DaySplit.files()).withTrainingDictionary(true))
                .hasMessage("training dictionary: there is one day alone, want at least two");
    }
}
