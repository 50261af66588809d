package io.dlrm4j.criteo.synthetic;

import io.dlrm4j.criteo.store.Manifest;
import io.dlrm4j.criteo.write.PreparedWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A prepared folder whose ids are row numbers from the start, so there is no dictionary.
final class PreparedSink implements ClickSink {
    private static final Manifest.Rules NO_DICTIONARY = new Manifest.Rules("none", 0, 0, 0, false);

    private final PreparedWriter writer;
    private final GenerateOptions options;

    private PreparedSink(PreparedWriter writer, GenerateOptions options) {
        this.writer = writer;
        this.options = options;
    }

    static PreparedSink create(GenerateOptions options) throws IOException {
        PreparedWriter writer =
                PreparedWriter.create(options.output(), Manifest.NPY, DenseCounts.FEATURES, Cardinalities.TABLES);
        return new PreparedSink(writer, options);
    }

    @Override
    public void write(ClickBlock block) throws IOException {
        writer.append(0, block.rows(), block.labels, block.dense, block.counts, block.ids);
    }

    @Override
    public void endDay() throws IOException {
        writer.endDay();
    }

    @Override
    public long publish(GenerateReport report) throws IOException {
        List<Manifest.Table> tables = new ArrayList<>();
        for (int table = 0; table < Cardinalities.TABLES; table++) {
            tables.add(new Manifest.Table(
                    Cardinalities.name(table), options.cardinalities().rows().get(table)));
        }
        Manifest.Truth truth =
                new Manifest.Truth(options.seed(), report.baseRate(), report.onTest(), report.onLastDay());
        Manifest.Origin origin = new Manifest.Origin("generate", List.of(), Map.of(), truth);
        Manifest manifest = writer.publish(NO_DICTIONARY, tables, origin);
        return manifest.files().stream().mapToLong(Manifest.FileEntry::bytes).sum();
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
