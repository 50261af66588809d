package io.dlrm4j.trainer.score;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Scores as text: a header line, then `uid,label,logit`, each float with as many digits as it takes to read it back.
final class CsvRows implements ScoreWriter.Rows {
    private final BufferedWriter out;

    CsvRows(Path file) throws IOException {
        out = Files.newBufferedWriter(file);
        out.write("uid,label,logit\n");
    }

    @Override
    public void add(long uid, float label, float logit, float[] hidden) throws IOException {
        out.append(Long.toString(uid)).append(',');
        out.append(label == (int) label ? Integer.toString((int) label) : Float.toString(label));
        out.append(',').append(Float.toString(logit)).append('\n');
    }

    @Override
    public void finish() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
