package io.dlrm4j.effects.job;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.descent.DescentResult;
import io.dlrm4j.effects.explain.MigrationReport;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Trains one configuration as an older system would and as is done by default, and tells what changes.
public final class MigrationJob {
    private MigrationJob() {}

    /// @param compat the system that is left
    /// @param theirs the configuration with its defects and its defaults
    /// @param ours the same configuration without
    /// @param output a new folder; models lie in `OUTPUT/<system>` and `OUTPUT/default`
    /// @return the report, several lines
    /// @throws IOException when files cannot be read or written
    public static String run(Compat compat, EffectsConfig theirs, EffectsConfig ours, Path output) throws IOException {
        String system = compat.name().toLowerCase(Locale.ROOT);
        Path old = output.resolve(system);
        Path right = output.resolve("default");
        DescentResult before = EffectsJob.train(theirs, null, old, OutputFormat.DLRM, _ -> {});
        DescentResult after = EffectsJob.train(ours, null, right, OutputFormat.DLRM, _ -> {});
        MigrationReport report = new MigrationReport(compat);
        for (CoordinateSpec spec : ours.coordinates()) {
            FeatureIndex index = new FeatureIndex();
            Map<String, EntityModel> first = new ModelFolder(old).read(spec, index);
            Map<String, EntityModel> second = new ModelFolder(right).read(spec, index);
            Set<String> entities = new LinkedHashSet<>(first.keySet());
            entities.addAll(second.keySet());
            for (String entity : entities) {
                report.add(first.get(entity), second.get(entity));
            }
        }
        StringBuilder text = new StringBuilder(report.text());
        List<String> metrics =
                List.copyOf(before.steps().get(before.best()).metrics().keySet());
        for (String metric : metrics) {
            text.append(String.format(
                    Locale.ROOT,
                    "%s %.5f with %s, %.5f by default%n",
                    metric,
                    before.metric(metric),
                    system,
                    after.metric(metric)));
        }
        return text.toString();
    }
}
