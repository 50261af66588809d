package io.dlrm4j.effects.job;

import io.dlrm4j.effects.column.Doubles;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.descent.DescentResult;
import io.dlrm4j.effects.descent.DescentStep;
import io.dlrm4j.effects.descent.MixedModel;
import io.dlrm4j.effects.descent.ScoreTable;
import io.dlrm4j.effects.format.gdmix.EvalSummary;
import io.dlrm4j.effects.format.gdmix.GdmixFolders;
import io.dlrm4j.effects.format.gdmix.GdmixModelWriter;
import io.dlrm4j.effects.format.gdmix.Partitions;
import io.dlrm4j.effects.format.gdmix.ScoreFile;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntToDoubleFunction;

/// What GDMix leaves of every coordinate: models, scores of training and validation samples, metrics; of random effects
/// by partition, and the partitioned samples where they are wanted.
///
/// A coordinate's score is what was known when it was trained: with one pass that of itself and those before it, with
/// several that of all.
final class GdmixOutput {
    private final EffectsSession session;
    private final EffectsConfig config;
    private final Path root;
    private final OutputFormat format;
    private final Compat compat;

    GdmixOutput(EffectsSession session, Path root, OutputFormat format) {
        this.session = session;
        this.config = session.config();
        this.root = root;
        this.format = format;
        this.compat = config.descent().compat();
    }

    /// @param result with models of samples as they come
    /// @param table of samples that were scored with these models
    /// @param training whether they are the training samples, with which the models are written; otherwise
    ///     metrics are
    void write(DescentResult result, SampleFiles files, ScoreTable table, boolean training) throws IOException {
        if (training) {
            writeModels(result.model());
        }
        List<Doubles> known = new ArrayList<>(List.of(table.scoresOf(EffectsJob.GIVEN)));
        for (CoordinateSpec spec : config.coordinates()) {
            Doubles own = table.scoresOf(spec.name());
            known.add(own);
            IntToDoubleFunction total = config.descent().passes() > 1 ? table::total : row -> sum(known, row);
            GdmixFolders folders = new GdmixFolders(ModelFolder.inside(root, spec.name()));
            if (!training) {
                writeMetrics(result, spec, folders);
            }
            if (spec.isRandom()) {
                writeByPartition(spec, folders, files, table, total, training);
            } else {
                writeFixed(folders, table, total, own, training);
            }
        }
    }

    /// @param model of samples as they come
    void writeModels(MixedModel model) throws IOException {
        for (CoordinateSpec spec : config.coordinates()) {
            writeModels(
                    spec,
                    new GdmixFolders(ModelFolder.inside(root, spec.name())),
                    model.coordinates().getOrDefault(spec.name(), Map.of()));
        }
    }

    private static double sum(List<Doubles> scores, int row) {
        double sum = 0;
        for (Doubles one : scores) {
            sum += one.get(row);
        }
        return sum;
    }

    private void writeModels(CoordinateSpec spec, GdmixFolders folders, Map<String, EntityModel> models)
            throws IOException {
        FeatureIndex index = session.index(spec);
        double threshold = compat == Compat.GDMIX ? GdmixModelWriter.GDMIX_THRESHOLD : 0;
        Map<Integer, List<EntityModel>> byPartition = new TreeMap<>();
        for (EntityModel model : models.values()) {
            int partition = spec.isRandom() ? Partitions.of(model.entity(), format.partitions(), compat) : 0;
            byPartition.computeIfAbsent(partition, _ -> new ArrayList<>()).add(model);
        }
        for (Map.Entry<Integer, List<EntityModel>> one : byPartition.entrySet()) {
            try (GdmixModelWriter writer = GdmixModelWriter.open(folders.model(one.getKey()), index, threshold)) {
                for (EntityModel model : one.getValue()) {
                    String id = spec.isRandom() ? model.entity() : GdmixModelWriter.GLOBAL_MODEL;
                    writer.write(ModelFolder.record(model, id, index, config.loss()));
                }
                writer.finish();
            }
        }
    }

    /// The metrics behind the coordinate. GDMix calls the squared error "mse", which its selector does not find.
    private void writeMetrics(DescentResult result, CoordinateSpec spec, GdmixFolders folders) throws IOException {
        Map<String, Double> metrics = new TreeMap<>();
        for (DescentStep step : result.steps()) {
            if (step.coordinate().equals(spec.name())) {
                step.metrics().forEach((name, value) -> {
                    boolean squared = compat == Compat.GDMIX && name.equals("RMSE");
                    metrics.put(squared ? "mse" : name.toLowerCase(Locale.ROOT), squared ? value * value : value);
                });
            }
        }
        EvalSummary.write(folders.evalSummary(), metrics);
    }

    private void writeFixed(
            GdmixFolders folders, ScoreTable table, IntToDoubleFunction total, Doubles own, boolean training)
            throws IOException {
        Path folder = training ? folders.trainingScores() : folders.validationScores();
        try (ScoreFile.Writer writer =
                ScoreFile.Writer.open(folder.resolve("part-00000.avro"), ScoreFile.Columns.GDMIX, true, compat)) {
            for (int row = 0; row < table.rows(); row++) {
                writer.write(row(table, row, total, own));
            }
            writer.finish();
        }
    }

    private void writeByPartition(
            CoordinateSpec spec,
            GdmixFolders folders,
            SampleFiles files,
            ScoreTable table,
            IntToDoubleFunction total,
            boolean training)
            throws IOException {
        Doubles own = table.scoresOf(spec.name());
        SortedSet<Integer> partitions = new TreeSet<>();
        EntityData data = new EntityData();
        EntityData room = new EntityData();
        Path scores = training ? folders.trainingScores() : folders.validationScores();
        try (EntitySource source = files.byEntity(spec, session.index(spec)).open();
                PartitionFiles out = new PartitionFiles(spec, config.data(), session.index(spec), folders, compat)) {
            while (source.next(data)) {
                int partition = Partitions.of(data.entity(), format.partitions(), compat);
                partitions.add(partition);
                for (int row = 0; row < data.rows(); row++) {
                    int at = table.rowOf(data.uids()[row]);
                    data.setOffset(row, total.applyAsDouble(at) - own.get(at));
                }
                EntityData active = training ? spec.active().select(data, room) : data;
                Set<Long> chosen = new HashSet<>();
                for (int row = 0; row < active.rows(); row++) {
                    chosen.add(active.uids()[row]);
                }
                for (int row = 0; row < data.rows(); row++) {
                    String kind = !training ? "" : chosen.contains(data.uids()[row]) ? "-active" : "-passive";
                    int at = table.rowOf(data.uids()[row]);
                    out.scores(GdmixFolders.scoresOf(scores, partition, 0, kind))
                            .write(row(table, at, total, own));
                }
                if (format.samples()) {
                    out.write(partition, active, data, chosen, training);
                }
            }
            out.finish(format.samples());
        }
        if (training) {
            Partitions.writeList(folders.partitionList(), partitions);
        }
    }

    private static ScoreFile.Row row(ScoreTable table, int row, IntToDoubleFunction total, Doubles own) {
        return new ScoreFile.Row(
                table.uid(row), total.applyAsDouble(row), table.label(row), table.weight(row), own.get(row));
    }
}
