package io.dlrm4j.effects.job;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.effects.column.Doubles;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.descent.MixedModel;
import io.dlrm4j.effects.descent.ScoreTable;
import io.dlrm4j.effects.format.NewFile;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.job.SampleInput.Part;
import io.dlrm4j.effects.online.Posterior;
import io.dlrm4j.effects.online.Precision;
import io.dlrm4j.effects.online.ThompsonSampling;
import io.dlrm4j.effects.store.ModelStore;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Chooses one of each entity's candidates by Thompson sampling, and logs every candidate with its propensity, as CSV:
///
/// ```
/// uid,entity,score,propensity,chosen
/// 901,u1,-0.25,0.31,1
/// ```
///
/// `score` is what all models say on average; what one coordinate says is drawn, the others stay at their means.
public final class ExplorationJob {
    private final EffectsSession session;
    private final CoordinateSpec spec;
    private final Map<String, Posterior> beliefs = new HashMap<>();

    /// How candidates are chosen.
    ///
    /// @param coordinate whose coefficients are drawn
    /// @param request column of what is one decision among an entity's samples; empty: all of them
    /// @param seed of all draws
    /// @param draws for each decision, one of which decides; propensities are parts of it
    public record Settings(String coordinate, String request, long seed, int draws) {}

    private ExplorationJob(EffectsSession session, CoordinateSpec spec) {
        this.session = session;
        this.spec = spec;
    }

    /// Chooses.
    ///
    /// @param models folder of models with variances, or a store of beliefs, whose whole precision counts
    /// @param samples the candidates
    /// @param output a new CSV file
    /// @return number of decisions
    /// @throws DataException when nothing is known of the coefficients' uncertainty
    public static long run(EffectsConfig config, Settings settings, Path models, Path samples, Path output)
            throws IOException {
        CoordinateSpec spec = config.coordinate(settings.coordinate());
        if (!(spec.solver().regularization().l2() > 0)) {
            throw new IllegalArgumentException(
                    "coordinate %s: l2=0, want a penalty above 0, the precision of what is not known yet"
                            .formatted(spec.name()));
        }
        Path folder = output.toAbsolutePath().getParent();
        try (EffectsSession session = new EffectsSession(config, folder == null ? Path.of(".") : folder)) {
            ExplorationJob job = new ExplorationJob(session, spec);
            if (ModelStore.isStore(models)) {
                job.readStore(models);
            }
            MixedModel model = session.read(models);
            if (job.beliefs.isEmpty()) {
                job.takeVariances(model.coordinates().getOrDefault(spec.name(), Map.of()));
            }
            SampleFiles files = session.files(Part.VALIDATION, samples);
            SampleFiles.Table table = files.table(Set.of());
            session.score(session.plain(files, table), table.table(), null, model);
            Ints requests = settings.request().isEmpty() ? null : files.groups(settings.request(), table.table());
            return job.choose(files, table.table(), requests, settings, output);
        }
    }

    private void readStore(Path models) throws IOException {
        try (ModelStore store = ModelStore.open(models)) {
            for (CoordinateSpec one : session.config().coordinates()) {
                session.setIndex(one, store.features(one.name()));
            }
            store.forEach(stored -> {
                if (stored.idType().equals(spec.name())) {
                    beliefs.put(stored.key(), stored.posterior());
                }
            });
        }
    }

    private void takeVariances(Map<String, EntityModel> models) {
        models.forEach((entity, model) -> {
            if (!model.hasVariances()) {
                throw new DataException(
                        "coordinate %s: the model of %s has no variances; train with variance: full or simple, or learn into a store"
                                .formatted(spec.name(), entity));
            }
            beliefs.put(
                    spec.isRandom() ? entity : "",
                    Posterior.of(model, spec.solver().regularization().l2()));
        });
    }

    private long choose(SampleFiles files, ScoreTable table, @Nullable Ints requests, Settings settings, Path output)
            throws IOException {
        ThompsonSampling sampling =
                new ThompsonSampling(settings.seed(), session.config().descent().compat());
        Doubles own = table.scoresOf(spec.name());
        long decisions = 0;
        EntityData data = new EntityData();
        try (EntitySource source = files.byEntity(spec, session.index(spec)).open();
                NewFile file = NewFile.begin(output)) {
            try (BufferedWriter out = Files.newBufferedWriter(file.unfinished(), StandardCharsets.UTF_8)) {
                out.write("uid,entity,score,propensity,chosen\n");
                while (source.next(data)) {
                    for (EntityData candidates : decisions(data, table, requests)) {
                        for (int row = 0; row < candidates.rows(); row++) {
                            int at = table.rowOf(candidates.uids()[row]);
                            candidates.setOffset(row, table.total(at) - own.get(at));
                        }
                        ThompsonSampling.Choice choice =
                                sampling.choose(belief(candidates), candidates, settings.draws());
                        write(out, candidates, choice, table);
                        decisions++;
                    }
                }
            }
            file.finish();
        }
        return decisions;
    }

    /// An entity's samples, one part for each request.
    private static Iterable<EntityData> decisions(EntityData data, ScoreTable table, @Nullable Ints requests) {
        if (requests == null) {
            return List.of(data);
        }
        Map<Integer, EntityData> byRequest = new LinkedHashMap<>();
        for (int row = 0; row < data.rows(); row++) {
            EntityData part =
                    byRequest.computeIfAbsent(requests.get(table.rowOf(data.uids()[row])), _ -> begin(data.entity()));
            part.addRowOf(data, row);
        }
        return byRequest.values();
    }

    private static EntityData begin(String entity) {
        EntityData data = new EntityData();
        data.begin(entity);
        return data;
    }

    /// What is known of the entity; features of its candidates that it does not know have the prior's precision.
    private Posterior belief(EntityData candidates) {
        IntStream intercept = spec.solver().intercept() ? IntStream.of(FeatureIndex.INTERCEPT) : IntStream.empty();
        int[] features = IntStream.concat(intercept, Arrays.stream(candidates.indices(), 0, candidates.entries()))
                .toArray();
        double prior = spec.solver().regularization().l2();
        Posterior known = beliefs.get(candidates.entity());
        Posterior start =
                known != null ? known : new Posterior(new int[0], new double[0], Precision.DIAGONAL, new double[0]);
        return start.knowing(features, prior);
    }

    private static void write(
            BufferedWriter out, EntityData candidates, ThompsonSampling.Choice choice, ScoreTable table)
            throws IOException {
        List<String> fields = new ArrayList<>();
        for (int row = 0; row < candidates.rows(); row++) {
            long uid = candidates.uids()[row];
            fields.clear();
            fields.add(Long.toString(uid));
            fields.add(quoted(candidates.entity()));
            fields.add(Double.toString(table.total(table.rowOf(uid))));
            fields.add(Double.toString(choice.propensities()[row]));
            fields.add(row == choice.row() ? "1" : "0");
            out.write(String.join(",", fields));
            out.write('\n');
        }
    }

    private static String quoted(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : "\"" + text.replace("\"", "\"\"") + "\"";
    }
}
