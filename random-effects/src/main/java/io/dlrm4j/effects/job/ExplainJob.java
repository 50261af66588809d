package io.dlrm4j.effects.job;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.column.Doubles;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.descent.MixedModel;
import io.dlrm4j.effects.explain.EntityExplanation;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.job.SampleInput.Part;
import io.dlrm4j.effects.store.ModelStore;
import io.dlrm4j.effects.store.StoredModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Explains the model of one entity: what it was trained on, with what everything else said of those samples, and why
/// it scores them as it does.
public final class ExplainJob {
    private ExplainJob() {}

    /// @param models folder of models, or a store of them
    /// @param samples samples to be explained, or null for the training samples
    /// @param coordinate one of the configuration's
    /// @param entity an id; not looked at for a fixed effect
    /// @param temporary folder under which spilled data lie meanwhile
    /// @return several lines
    /// @throws DataException when the entity has neither samples nor a model
    public static String run(
            EffectsConfig config, Path models, @Nullable Path samples, String coordinate, String entity, Path temporary)
            throws IOException {
        CoordinateSpec spec = config.coordinate(coordinate);
        try (EffectsSession session = new EffectsSession(config, temporary)) {
            MixedModel model = session.read(models);
            SampleFiles files = session.files(Part.TRAINING, samples);
            SampleFiles.Table table = files.table(Set.of());
            session.score(session.plain(files, table), table.table(), null, model);
            Doubles own = table.table().scoresOf(coordinate);
            Map<String, EntityModel> of = model.coordinates().getOrDefault(coordinate, Map.of());
            String name = spec.isRandom() ? entity : coordinate;
            EntityData data = find(files, session, spec, name);
            for (int row = 0; row < data.rows(); row++) {
                int at = table.table().rowOf(data.uids()[row]);
                data.setOffset(row, table.table().total(at) - own.get(at));
            }
            EntityModel found = of.get(name);
            if (data.rows() == 0 && found == null) {
                throw new DataException("coordinate %s: no entity %s in the samples or among %d models"
                        .formatted(coordinate, entity, of.size()));
            }
            return learned(models, spec, spec.isRandom() ? entity : "")
                    + new EntityExplanation(session.index(spec), spec.solver(), spec.active()).text(data, found);
        }
    }

    /// What the samples do not tell of a model that has learned from feeds.
    private static String learned(Path models, CoordinateSpec spec, String key) throws IOException {
        if (!ModelStore.isStore(models)) {
            return "";
        }
        try (ModelStore store = ModelStore.open(models)) {
            StoredModel model = store.get(spec.name(), key);
            StringBuilder text = new StringBuilder(
                    model == null
                            ? "learned    nothing"
                            : "learned    online, last in version %d of %d"
                                    .formatted(model.version(), store.version()));
            for (String feed : store.feeds()) {
                text.append("; feed %s read to %s".formatted(feed, store.position(feed)));
            }
            return text.append('\n').toString();
        }
    }

    private static EntityData find(SampleFiles files, EffectsSession session, CoordinateSpec spec, String entity)
            throws IOException {
        EntityData data = new EntityData();
        try (EntitySource source = files.byEntity(spec, session.index(spec)).open()) {
            while (source.next(data)) {
                if (!spec.isRandom() || data.entity().equals(entity)) {
                    EntityData named = new EntityData();
                    named.begin(entity);
                    for (int row = 0; row < data.rows(); row++) {
                        named.addRowOf(data, row);
                    }
                    return named;
                }
            }
        }
        data.begin(entity);
        return data;
    }
}
