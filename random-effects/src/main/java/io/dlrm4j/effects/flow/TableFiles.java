package io.dlrm4j.effects.flow;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.PartFiles;
import io.dlrm4j.effects.format.gdmix.ScoreFile;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import org.duckdb.DuckDBAppender;

/// Files as what stands behind FROM.
final class TableFiles {
    private static final String[] READ = {".parquet", ".csv", ".tsv", ".csv.gz", ".tsv.gz"};

    private TableFiles() {}

    /// @throws DataException when there is no file of Parquet or CSV, or there are both
    static String source(Path path) throws IOException {
        List<Path> files = PartFiles.of(path, READ);
        boolean parquet = isParquet(files.getFirst());
        for (Path file : files) {
            if (isParquet(file) != parquet) {
                throw new DataException("%s: Parquet and text side by side, want one of them".formatted(path));
            }
        }
        List<String> quoted =
                files.stream().map(file -> Database.text(file.toString())).toList();
        return parquet
                ? "read_parquet([%s])".formatted(String.join(", ", quoted))
                : "read_csv([%s], header = true, sample_size = -1)".formatted(String.join(", ", quoted));
    }

    private static boolean isParquet(Path file) {
        return file.toString().toLowerCase(Locale.ROOT).endsWith(".parquet");
    }

    /// A score file as what stands behind FROM: uid, score, and f0, f1, … as many as the features need.
    ///
    /// @param sql the table or query
    /// @param features what the columns beside the score give
    record Scores(String sql, Features features) {}

    /// @param number of the input among those of a query
    /// @param index gets the numbers of its features
    static Scores scores(Database database, ScoreInput input, int number, FeatureIndex index)
            throws IOException, SQLException {
        List<Path> files = PartFiles.of(input.path(), ".parquet", ".csv", ".tsv", ".csv.gz", ".tsv.gz", ".avro");
        if (files.getFirst().toString().toLowerCase(Locale.ROOT).endsWith(".avro")) {
            if (!input.features().isEmpty()) {
                throw new DataException("%s: features %s of Avro scores, want Parquet or CSV"
                        .formatted(input.path(), input.features()));
            }
            return new Scores(avroScores(database, files, input, number), Features.NONE);
        }
        try {
            String source = source(input.path());
            List<Database.Column> columns = database.columns(source);
            List<String> there = columns.stream().map(Database.Column::name).toList();
            for (String name : List.of(input.uid(), input.score())) {
                if (!there.contains(name)) {
                    throw new DataException("%s: no column %s, there are %s".formatted(input.path(), name, there));
                }
            }
            Features features = Features.required(
                    input.features().stream().map(FeatureColumn::of).toList(), columns, index);
            String sql = "(SELECT CAST(%s AS BIGINT) AS uid, CAST(%s AS DOUBLE) AS score%s FROM %s)"
                    .formatted(Database.name(input.uid()), Database.name(input.score()), features.listed(), source);
            return new Scores(sql, features);
        } catch (SQLException e) {
            throw unreadable(input.path(), e);
        }
    }

    private static String avroScores(Database database, List<Path> files, ScoreInput input, int number)
            throws IOException, SQLException {
        String table = "scores" + number;
        database.run("CREATE TABLE %s (uid BIGINT, score DOUBLE)".formatted(table));
        ScoreFile.Columns columns = new ScoreFile.Columns(input.uid(), input.score(), "", "", "");
        try (DuckDBAppender appender = database.connection().createAppender(table)) {
            for (Path file : files) {
                try (ScoreFile.Reader reader = ScoreFile.Reader.open(file, columns)) {
                    for (ScoreFile.Row row = reader.next(); row != null; row = reader.next()) {
                        appender.beginRow();
                        appender.append(row.uid());
                        appender.append(row.score());
                        appender.endRow();
                    }
                }
            }
        }
        return table;
    }

    /// What the engine says, in one sentence.
    static DataException unreadable(Object where, SQLException e) {
        String said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        String todo = said.startsWith("Out of Memory") ? "; give the engine more memory, or fewer threads" : "";
        return new DataException("%s: cannot be read: %s%s".formatted(where, said, todo), e);
    }
}
