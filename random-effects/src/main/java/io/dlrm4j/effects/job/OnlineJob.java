package io.dlrm4j.effects.job;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.feed.FolderSource;
import io.dlrm4j.effects.feed.KafkaSource;
import io.dlrm4j.effects.feed.MinibatchSource;
import io.dlrm4j.effects.flow.FlowOptions;
import io.dlrm4j.effects.flow.TableSamples;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.json.JsonSample;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.job.SampleInput.Part;
import io.dlrm4j.effects.online.OnlineEffects;
import io.dlrm4j.effects.online.Posterior;
import io.dlrm4j.effects.online.Precision;
import io.dlrm4j.effects.online.SequentialSettings;
import io.dlrm4j.effects.solve.Loss;
import io.dlrm4j.effects.store.ModelStore;
import io.dlrm4j.effects.store.StoredModel;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Learns from a feed, batch by batch, into a store: every batch is one commit of the models and of the feed's
/// position, so that each sample counts exactly once however often the process is killed.
///
/// Every coordinate of the configuration learns: a random effect has a belief for each entity, a fixed effect one.
/// Coordinates learn in turn, each with what the others say in its offset.
public final class OnlineJob implements Closeable {
    private final EffectsConfig config;
    private final Settings settings;
    private final ModelStore store;
    private final FlowOptions options;
    private final OnlineEffects effects;

    /// How a feed is learned from.
    ///
    /// @param memory the forgetting factor δ: 1 keeps all of the past, 0 forgets it
    /// @param precision what of the precision is kept
    /// @param batch most samples of a commit
    /// @param patience how long a feed may be silent before learning ends
    public record Settings(double memory, Precision precision, int batch, Duration patience) {
        /// @throws IllegalArgumentException for an empty batch
        public Settings {
            if (batch < 1) {
                throw new IllegalArgumentException("batch=%d, want 1 or more".formatted(batch));
            }
        }
    }

    /// Where samples come from.
    public sealed interface Feed {
        /// @return under which its position is kept
        String name();

        /// A file, or a folder into which somebody puts files.
        record Folder(String name, Path path) implements Feed {}

        /// A topic of Kafka.
        ///
        /// @param settings of a consumer, `bootstrap.servers` at least
        record Topic(String name, Properties settings, String topic) implements Feed {}
    }

    /// One commit.
    ///
    /// @param version its number
    /// @param samples learned from since this job began
    /// @param loss weighted mean of what the models said of the batch before they learned from it
    public record Progress(long version, long samples, double loss) {}

    /// What was learned.
    ///
    /// @param version of the store
    /// @param samples learned from
    /// @param loss weighted mean over all samples, each told before it was learned from; NaN where there was none
    public record Summary(long version, long samples, double loss) {}

    private OnlineJob(EffectsConfig config, Settings settings, ModelStore store, FlowOptions options) {
        this.config = config;
        this.settings = settings;
        this.store = store;
        this.options = options;
        Map<String, SequentialSettings> updates = new LinkedHashMap<>();
        for (CoordinateSpec spec : config.coordinates()) {
            if (spec.solver().regularization().l1() > 0) {
                throw new IllegalArgumentException(
                        "coordinate %s: l1 in online updates, want l2 alone".formatted(spec.name()));
            }
            if (!spec.preparation().source().scoreFeatures().isEmpty()) {
                throw new IllegalArgumentException(
                        "coordinate %s: score_features in online updates, whose samples carry all columns themselves; want them under features"
                                .formatted(spec.name()));
            }
            SequentialSettings one = new SequentialSettings(
                    spec.solver().loss(),
                    spec.solver().intercept(),
                    settings.memory(),
                    spec.solver().regularization().l2(),
                    settings.precision(),
                    config.descent().compat());
            updates.put(spec.name(), one);
        }
        effects = new OnlineEffects(updates, store.beliefs());
    }

    /// Opens a store, or makes one.
    ///
    /// @param folder of the store
    /// @param models with which a new store begins, variances as precisions; or null
    /// @throws DataException when there are models in the store already, or its features are not those of a feature
    ///     list
    public static OnlineJob open(EffectsConfig config, Settings settings, Path folder, @Nullable Path models)
            throws IOException {
        ModelStore store = ModelStore.open(folder);
        try {
            TableSamples.deleteAbandoned(folder); // the store is ours alone
            FlowOptions usual = FlowOptions.in(folder);
            FlowOptions options = new FlowOptions(folder, usual.memoryBytes(), config.threads());
            OnlineJob job = new OnlineJob(config, settings, store, options);
            job.numberFeatures();
            if (models != null) {
                job.begin(models);
            }
            return job;
        } catch (IOException | RuntimeException e) {
            store.close();
            throw e;
        }
    }

    private void numberFeatures() throws IOException {
        for (CoordinateSpec spec : config.coordinates()) {
            FeatureIndex wanted = SampleInput.index(config, spec);
            FeatureIndex index = store.features(spec.name());
            for (int i = 0; i < wanted.size(); i++) {
                int number = index.add(wanted.name(i), wanted.term(i));
                if (number != i) {
                    throw new DataException(
                            "coordinate %s: feature %s %s is number %d in the store, %d in the list; want a new store"
                                    .formatted(spec.name(), wanted.name(i), wanted.term(i), number, i));
                }
            }
        }
    }

    private void begin(Path models) throws IOException {
        if (store.size() > 0) {
            throw new DataException("the store has %d models already, with which it goes on; leave the others out"
                    .formatted(store.size()));
        }
        ModelFolder folder = new ModelFolder(models);
        for (CoordinateSpec spec : config.coordinates()) {
            double penalty = spec.solver().regularization().l2();
            for (EntityModel model :
                    folder.read(spec, store.features(spec.name())).values()) {
                String key = spec.isRandom() ? model.entity() : "";
                store.put(new StoredModel(spec.name(), key, Posterior.of(model, penalty)));
            }
        }
        store.commit();
    }

    /// Learns until the feed is silent for longer than it may, or at its end.
    ///
    /// @param listener hears of every commit
    /// @throws IOException when the feed cannot be read or the store not written; what was committed stays
    public Summary run(Feed feed, Consumer<Progress> listener) throws IOException {
        long samples = 0;
        double losses = 0;
        double weights = 0;
        try (MinibatchSource source = open(feed)) {
            while (true) {
                MinibatchSource.Minibatch batch = source.next(settings.batch(), settings.patience());
                if (batch.rows() == 0) {
                    return new Summary(store.version(), samples, losses / weights);
                }
                double[] before = effects.update(batch.kinds());
                EntityData data = batch.kinds().getFirst().samples();
                double loss = 0;
                double weight = 0;
                for (int row = 0; row < data.rows(); row++) {
                    loss += data.weights()[row] * loss(before[row], data.labels()[row]);
                    weight += data.weights()[row];
                }
                store.putPosition(feed.name(), batch.position());
                samples += batch.rows();
                losses += loss;
                weights += weight;
                listener.accept(new Progress(store.commit(), samples, loss / weight));
            }
        }
    }

    private double loss(double margin, double label) {
        if (config.loss() == Loss.SQUARED) {
            return 0.5 * (margin - label) * (margin - label);
        }
        return Math.max(margin, 0) - margin * label + Math.log1p(Math.exp(-Math.abs(margin)));
    }

    private MinibatchSource open(Feed feed) throws IOException {
        String position = store.position(feed.name());
        return switch (feed) {
            case Feed.Folder(String _, Path path) -> {
                List<FolderSource.Kind> kinds = new ArrayList<>();
                for (CoordinateSpec spec : config.coordinates()) {
                    FeatureIndex index = store.features(spec.name());
                    kinds.add(new FolderSource.Kind(
                            spec.name(),
                            (file, first) -> SampleInput.of(config, spec, Part.TRAINING, file)
                                    .open(file, spec.entity(), spec.features(), index, options, first)));
                }
                yield Files.isDirectory(path)
                        ? FolderSource.growing(path, kinds, position)
                        : FolderSource.file(path, kinds, position);
            }
            case Feed.Topic(String _, Properties settings, String topic) -> {
                List<KafkaSource.Kind> kinds = new ArrayList<>();
                EffectsConfig.Data data = config.data();
                for (CoordinateSpec spec : config.coordinates()) {
                    SampleColumns columns = new SampleColumns(
                            data.uid(), data.label(), data.weight(), data.offset(), spec.entity(), spec.features());
                    boolean numbered = SampleInput.featureList(config, spec) != null;
                    JsonSample reader = new JsonSample(columns, store.features(spec.name()), numbered);
                    kinds.add(new KafkaSource.Kind(spec.name(), reader));
                }
                yield KafkaSource.open(settings, topic, kinds, position);
            }
        };
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
