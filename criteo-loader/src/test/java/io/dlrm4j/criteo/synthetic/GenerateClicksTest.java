package io.dlrm4j.criteo.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.criteo.Prepare;
import io.dlrm4j.criteo.PrepareOptions;
import io.dlrm4j.criteo.PreparedData;
import io.dlrm4j.criteo.ProgressListener;
import io.dlrm4j.criteo.store.Manifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GenerateClicksTest {
    /// Several blocks in a day, and a day that is no whole number of blocks.
    private static final int ROWS = 30_011;

    private static final int NPY_HEADER = 128;
    private static final Pattern LINE = Pattern.compile("[01](\t(0|[1-9][0-9]{0,9})?){13}(\t([0-9a-f]{8})?){26}");

    @TempDir
    Path folder;

    private GenerateOptions options(String name) {
        return GenerateOptions.of(folder.resolve(name), ROWS, 17)
                .withCardinalities(Cardinalities.kaggle().scaled(0.001));
    }

    private static GenerateReport run(GenerateOptions options) throws IOException {
        return GenerateClicks.run(options, ProgressListener.NONE);
    }

    @Test
    void aPreparedFolderIsReadAsOne() throws IOException {
        GenerateReport report = run(options("npy"));
        PreparedData data = PreparedData.open(folder.resolve("npy"));
        data.verify();
        Manifest manifest = data.manifest();
        assertThat(manifest.rows())
                .isEqualTo(new Manifest.Rows(
                        List.of(4_288L, 4_288L, 4_287L, 4_287L, 4_287L, 4_287L, 4_287L), 25_724, 2_144, 2_143));
        assertThat(manifest.tables().get(2)).isEqualTo(new Manifest.Table("C3", 10_131));
        assertThat(manifest.origin().command()).isEqualTo("generate");
        assertThat(manifest.origin().truth())
                .isEqualTo(new Manifest.Truth(17, report.baseRate(), report.onTest(), report.onLastDay()));
        assertThat(data.schema().denseFeatures()).isEqualTo(13);
    }

    @Test
    void columnsHoldTheRowsOfTheModelInOrder() throws IOException {
        GenerateOptions options = options("npy").withDays(3);
        run(options);
        ClickModel model = new ClickModel(17, options.cardinalities(), options.zipfExponent());
        Click click = new Click();
        ByteBuffer dense = read("npy/day_2_dense.npy");
        ByteBuffer sparse = read("npy/day_2_sparse.npy");
        ByteBuffer labels = read("npy/day_2_labels.npy");
        for (int row = ROWS - ROWS / 3; row < ROWS; row++) {
            model.fill(row, click);
            assertThat(labels.getInt()).isEqualTo(click.label());
            float[] logs = new float[13];
            dense.asFloatBuffer().get(logs);
            dense.position(dense.position() + 13 * Float.BYTES);
            assertThat(logs).isEqualTo(click.logs);
            int[] ids = new int[26];
            sparse.asIntBuffer().get(ids);
            sparse.position(sparse.position() + 26 * Integer.BYTES);
            assertThat(ids).isEqualTo(click.ids);
        }
        assertThat(dense.hasRemaining() || sparse.hasRemaining() || labels.hasRemaining())
                .isFalse();
    }

    private ByteBuffer read(String name) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name)));
        return bytes.position(NPY_HEADER).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    @ParameterizedTest
    @EnumSource
    void threeThreadsWriteTheSameBytesAsOne(ClickFormat format) throws IOException {
        GenerateReport one = run(options("one").withFormat(format));
        GenerateReport three = run(options("three").withFormat(format).withThreads(3));
        assertThat(three.onLastDay()).isEqualTo(one.onLastDay());
        assertThat(three.bytes()).isEqualTo(one.bytes());
        if (format == ClickFormat.TSV) {
            assertThat(folder.resolve("three")).hasSameBinaryContentAs(folder.resolve("one"));
        } else {
            assertThat(PreparedData.open(folder.resolve("three")).fingerprint())
                    .isEqualTo(PreparedData.open(folder.resolve("one")).fingerprint());
        }
    }

    @Test
    void theReportScoresTheTruthOnTheLastDay() throws IOException {
        GenerateOptions options = options("npy").withDays(2);
        GenerateReport report = run(options);
        ClickModel model = new ClickModel(17, options.cardinalities(), options.zipfExponent());
        Click click = new Click();
        double test = 0;
        double lastDay = 0;
        int lastDayRows = ROWS / 2;
        int from = ROWS - lastDayRows;
        int testRows = lastDayRows - lastDayRows / 2;
        for (int row = from; row < ROWS; row++) {
            model.fill(row, click);
            double loss = -Math.log(click.label() == 1 ? click.probability() : 1 - click.probability());
            test += row < from + testRows ? loss : 0;
            lastDay += loss;
        }
        assertThat(report.onTest().logLoss()).isCloseTo(test / testRows, within(1e-6));
        assertThat(report.onLastDay().logLoss()).isCloseTo(lastDay / lastDayRows, within(1e-6));
        assertThat(report.onTest().auc())
                .isBetween(0.77, 0.84)
                .isNotEqualTo(report.onLastDay().auc());
        assertThat(report.baseRate()).isBetween(0.23, 0.27);
    }

    @Test
    void rawLinesStandForTheSameRows() throws IOException {
        GenerateOptions options = options("clicks.tsv").withFormat(ClickFormat.TSV);
        GenerateReport report = run(options);
        List<String> lines = Files.readAllLines(folder.resolve("clicks.tsv"));
        assertThat(lines).hasSize(ROWS).allMatch(line -> LINE.matcher(line).matches());
        assertThat(report.bytes()).isEqualTo(Files.size(folder.resolve("clicks.tsv")));
        ClickModel model = new ClickModel(17, options.cardinalities(), options.zipfExponent());
        Click click = new Click();
        List<Map<String, Integer>> idOfValue = new ArrayList<>();
        for (int table = 0; table < 26; table++) {
            idOfValue.add(new HashMap<>());
        }
        for (int row = 0; row < ROWS; row++) {
            model.fill(row, click);
            String[] fields = lines.get(row).split("\t", -1);
            List<String> numbers = new ArrayList<>(List.of(String.valueOf(click.label())));
            for (int count : click.counts) {
                numbers.add(count == Click.MISSING ? "" : String.valueOf(count));
            }
            assertThat(List.of(fields).subList(0, 14)).isEqualTo(numbers);
            int[] ids = new int[26];
            for (int table = 0; table < 26; table++) {
                Integer before = idOfValue.get(table).putIfAbsent(fields[14 + table], click.id(table));
                ids[table] = before == null ? click.id(table) : before;
            }
            assertThat(ids).isEqualTo(click.ids);
        }
        assertThat(idOfValue.get(3)).containsEntry("", 1);
    }

    @Test
    void preparedRawLinesAreTheSameDaysButForTheNamesOfIds() throws IOException {
        run(options("npy"));
        run(options("clicks.tsv").withFormat(ClickFormat.TSV));
        Prepare.run(
                PrepareOptions.of(List.of(folder.resolve("clicks.tsv")), folder.resolve("prepared")),
                ProgressListener.NONE);
        PreparedData prepared = PreparedData.open(folder.resolve("prepared"));
        assertThat(prepared.manifest().rows())
                .isEqualTo(PreparedData.open(folder.resolve("npy")).manifest().rows());
        assertThat(prepared.manifest().origin().quarantined()).isEmpty();
        for (int day = 0; day < 7; day++) {
            for (String column : List.of("dense", "labels")) {
                String name = "day_%d_%s.npy".formatted(day, column);
                assertThat(read("prepared/" + name)).isEqualTo(read("npy/" + name));
            }
            ByteBuffer own = read("npy/day_%d_sparse.npy".formatted(day));
            ByteBuffer given = read("prepared/day_%d_sparse.npy".formatted(day));
            assertThat(given.remaining()).isEqualTo(own.remaining());
        }
    }

    @Test
    void valuesOfATableDifferAndNoneIsZero() {
        Set<Integer> values = new HashSet<>();
        for (int id = 0; id < 200_000; id++) {
            values.add(RawLines.value(5, id));
        }
        values.add(RawLines.value(5, Integer.MAX_VALUE - 1));
        assertThat(values).hasSize(200_001).doesNotContain(0);
    }

    @Test
    void progressEndsWithAllRows() throws IOException {
        List<Long> seen = new ArrayList<>();
        GenerateClicks.run(options("npy"), (done, total, rows) -> {
            assertThat(total).isEqualTo(ROWS);
            assertThat(rows).isEqualTo(done);
            seen.add(done);
        });
        assertThat(seen).isSorted().doesNotHaveDuplicates().endsWith((long) ROWS);
    }

    @Test
    void theFewestRowsAreWritten() throws IOException {
        GenerateReport report =
                run(new GenerateOptions(folder.resolve("npy"), ClickFormat.NPY, 4, 1, Cardinalities.kaggle(), 1, 2, 2));
        assertThat(report.onTest().auc()).isNaN();
        assertThat(PreparedData.open(folder.resolve("npy")).manifest().rows())
                .isEqualTo(new Manifest.Rows(List.of(2L, 2L), 2, 1, 1));
    }

    @Test
    void refusesAnOutputThatExists() throws IOException {
        Path file = Files.writeString(folder.resolve("clicks.tsv"), "mine");
        assertThatThrownBy(() -> run(options("clicks.tsv").withFormat(ClickFormat.TSV)))
                .isInstanceOf(DataException.class)
                .hasMessage("%s: exists; remove it or choose another output", file);
        assertThatThrownBy(() -> run(options("clicks.tsv")))
                .isInstanceOf(DataException.class)
                .hasMessage("%s: is a file, want a folder that does not exist yet", file);
        assertThat(file).hasContent("mine");
    }

    @ParameterizedTest
    @EnumSource
    void nothingStaysAfterAFailure(ClickFormat format) {
        assertThatThrownBy(() -> GenerateClicks.run(options("out").withFormat(format), (_, _, _) -> {
                    throw new IllegalStateException("stop");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("stop");
        assertThat(folder).isEmptyDirectory();
    }
}
