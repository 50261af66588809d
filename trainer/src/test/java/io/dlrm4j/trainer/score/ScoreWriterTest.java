package io.dlrm4j.trainer.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScoreWriterTest {
    private static final int ROWS = 5_000;
    private static final float[] NOTHING = {};

    @TempDir
    Path folder;

    @Test
    void csvHoldsEveryBitOfALogit() throws IOException {
        List<String> lines = Files.readAllLines(write("it's.csv"));

        assertThat(lines).hasSize(ROWS + 1);
        assertThat(lines.getFirst()).isEqualTo("uid,label,logit");
        assertThat(lines.get(1)).isEqualTo("10000000000,0,-1.5");
        for (int i = 0; i < ROWS; i++) {
            assertThat(Float.parseFloat(lines.get(i + 1).split(",", -1)[2])).isEqualTo(logit(i));
        }
    }

    @Test
    void avroIsReadBackInOrder() throws IOException {
        Path file = write("it's.avro");

        List<GenericRecord> rows = new ArrayList<>();
        try (DataFileReader<GenericRecord> reader = new DataFileReader<>(file.toFile(), new GenericDatumReader<>())) {
            reader.forEach(rows::add);
        }
        assertThat(rows).hasSize(ROWS);
        for (int i = 0; i < ROWS; i++) {
            assertThat(rows.get(i).get("uid")).isEqualTo(10_000_000_000L + i);
            assertThat(rows.get(i).get("label")).isEqualTo((float) (i % 2));
            assertThat(rows.get(i).get("logit")).isEqualTo(logit(i));
        }
    }

    @Test
    void parquetIsReadBackInOrder() throws Exception {
        Path file = write("it's.parquet");

        try (Connection database = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = database.createStatement();
                ResultSet rows = statement.executeQuery("SELECT uid, label, logit FROM read_parquet('"
                        + file.toString().replace("'", "''") + "')")) {
            for (int i = 0; i < ROWS; i++) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getLong(1)).isEqualTo(10_000_000_000L + i);
                assertThat(rows.getFloat(2)).isEqualTo(i % 2);
                assertThat(rows.getFloat(3)).isEqualTo(logit(i));
            }
            assertThat(rows.next()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.csv", "a.avro", "a.parquet"})
    void anUnfinishedFileLeavesNothing(String name) throws IOException {
        try (ScoreWriter scores = ScoreWriter.open(folder.resolve(name), 0)) {
            scores.add(0, 1, 0.5f, NOTHING);
        }

        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void refusesAnUnknownSuffix() {
        assertThatThrownBy(() -> ScoreWriter.open(Path.of("/scores.txt"), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("scores: file /scores.txt, want a name that ends in .csv, .avro or .parquet");
    }

    @Test
    void refusesAMissingFolder() {
        assertThatThrownBy(() -> ScoreWriter.open(folder.resolve("missing/a.csv"), 0))
                .isInstanceOf(IOException.class)
                .hasMessage(folder.resolve("missing") + ": no such folder; make it first");
    }

    private Path write(String name) throws IOException {
        try (ScoreWriter scores = ScoreWriter.open(folder.resolve(name), 0)) {
            for (int i = 0; i < ROWS; i++) {
                scores.add(10_000_000_000L + i, i % 2, logit(i), NOTHING);
            }
            Path file = scores.finish();
            assertThat(folder.toFile().list()).containsExactly(name);
            return file;
        }
    }

    private static float logit(int i) {
        return i == 0 ? -1.5f : (float) Math.sin(i) * 7;
    }
}
