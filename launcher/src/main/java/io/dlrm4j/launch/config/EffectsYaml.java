package io.dlrm4j.launch.config;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.gdmix.EffectConfig;
import io.dlrm4j.effects.format.photon.PhotonInput;
import io.dlrm4j.effects.job.EffectsConfig;
import io.dlrm4j.effects.job.Normalization;
import io.dlrm4j.effects.optimize.Stopping;
import io.dlrm4j.effects.solve.Loss;
import io.dlrm4j.effects.solve.Regularization;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.solve.Variance;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Reads what `dlrm random-effects` trains on what.
public final class EffectsYaml {
    private static final Set<String> TOP = Set.of(
            "data", "loss", "coordinates", "effects", "passes", "locked", "evaluators", "search", "threads", "compat");
    private static final Set<String> DATA = Set.of(
            "training",
            "validation",
            "scores",
            "score",
            "format",
            "uid",
            "label",
            "weight",
            "offset",
            "input_column_names",
            "days",
            "feature_bags");
    private static final Set<String> COORDINATE = Set.of(
            "name",
            "entity",
            "features",
            "score_features",
            "l2",
            "l1",
            "intercept",
            "regularize_intercept",
            "method",
            "iterations",
            "variance",
            "sparsity",
            "least_samples",
            "most_samples",
            "features_per_sample",
            "prior_weight",
            "normalization",
            "down_sampling_rate",
            "training",
            "validation",
            "metadata",
            "feature_list");
    private static final Set<String> SEARCH =
            Set.of("kind", "weights", "coordinates", "least", "most", "trials", "seed", "folds");

    private EffectsYaml() {}

    /// @param file in YAML
    /// @param compat whose known defects are reproduced, whatever the file says; or null for what it says
    /// @throws ConfigException when it cannot be read, or a key or value in it cannot be used
    public static EffectsConfig read(Path file, @Nullable Compat compat) {
        return read(YamlText.read(file), file.toString(), compat);
    }

    /// @param file printed in messages
    static EffectsConfig read(String text, String file, @Nullable Compat compat) {
        YamlMap top = YamlMap.read(text, file, TOP);
        try {
            return read(top, compat == null ? top.choice("compat", Compat.NONE) : compat);
        } catch (IllegalArgumentException | DataException e) {
            throw new ConfigException(e.getMessage() + " in " + file, e);
        }
    }

    private static EffectsConfig read(YamlMap top, Compat compat) {
        Loss loss = top.choice("loss", Loss.LOGISTIC);
        List<EffectsConfig.CoordinateSpec> coordinates = new ArrayList<>();
        if (top.has("effects")) {
            coordinates.addAll(effects(top, loss, compat));
        } else {
            for (YamlMap coordinate : top.sections("coordinates", COORDINATE)) {
                coordinates.add(coordinate(coordinate, loss, compat));
            }
        }
        EffectsConfig.Data data = data(top.section("data", DATA));
        List<Evaluator> evaluators = new ArrayList<>();
        for (String name : top.list("evaluators")) {
            evaluators.add(Evaluator.parse(name, compat));
        }
        EffectsConfig.Search search = search(top);
        boolean chooses = search != null && search.kind() == EffectsConfig.SearchKind.CROSS_FITTED;
        if (evaluators.isEmpty() && (data.validation() != null || chooses)) {
            evaluators.add(Evaluator.parse(loss == Loss.LOGISTIC ? "AUC" : loss.name() + "_LOSS", compat));
        }
        EffectsConfig.Descent descent =
                new EffectsConfig.Descent(top.whole("passes", 1), Set.copyOf(top.list("locked")), evaluators, compat);
        int processors = Runtime.getRuntime().availableProcessors();
        return new EffectsConfig(data, coordinates, descent, search, top.whole("threads", processors));
    }

    private static EffectsConfig.Data data(YamlMap data) {
        EffectsConfig.Format format = data.choice("format", EffectsConfig.Format.AUTO);
        boolean gdmix = format == EffectsConfig.Format.GDMIX || format == EffectsConfig.Format.TFRECORD;
        SampleColumns usual =
                gdmix ? SampleColumns.usual("", List.of()) : new SampleColumns("uid", "label", "", "", "", List.of());
        if (data.has("input_column_names")) {
            usual = PhotonInput.columns(data.required("input_column_names"), "", List.of());
        }
        EffectsConfig.Reading reading = new EffectsConfig.Reading(
                format, data.text("score", ""), data.text("days", ""), path(data, "feature_bags"));
        return new EffectsConfig.Data(
                Path.of(data.required("training")),
                path(data, "validation"),
                data.list("scores").stream().map(Path::of).toList(),
                data.text("uid", usual.uid()),
                data.text("label", usual.label()),
                data.text("weight", usual.weight()),
                data.text("offset", usual.offset()),
                reading);
    }

    private static @Nullable Path path(YamlMap section, String key) {
        return section.has(key) ? Path.of(section.required(key)) : null;
    }

    private static EffectsConfig.CoordinateSpec coordinate(YamlMap coordinate, Loss loss, Compat compat) {
        SolverSettings usual = compat == Compat.GDMIX ? SolverSettings.gdmix() : SolverSettings.LOGISTIC;
        Regularization regularization = new Regularization(
                coordinate.number("l1", 0),
                coordinate.number("l2", 1),
                coordinate.flag("regularize_intercept", usual.regularization().intercept()));
        Stopping stopping = usual.stopping()
                .withIterations(coordinate.whole("iterations", usual.stopping().iterations()));
        SolverSettings solver = usual.withLoss(loss)
                .withCompat(compat)
                .withRegularization(regularization)
                .withIntercept(coordinate.flag("intercept", true))
                .withMethod(coordinate.choice("method", usual.method()))
                .withStopping(stopping)
                .withVariance(coordinate.choice("variance", Variance.NONE))
                .withSparsity(coordinate.number("sparsity", usual.sparsity()));
        return new EffectsConfig.CoordinateSpec(
                coordinate.required("name"),
                coordinate.text("entity", ""),
                coordinate.list("features"),
                solver,
                new ActiveSamples(coordinate.whole("least_samples", 1), coordinate.whole("most_samples", 0), compat),
                coordinate.number("features_per_sample", 0),
                coordinate.number("prior_weight", 0),
                preparation(coordinate));
    }

    /// The coordinates that gdmix-data's configuration tells of, with what is usual: features are its bags.
    private static List<EffectsConfig.CoordinateSpec> effects(YamlMap top, Loss loss, Compat compat) {
        if (top.has("coordinates")) {
            throw new ConfigException("effects and coordinates" + top.place("effects") + ", want one of them");
        }
        List<EffectsConfig.CoordinateSpec> coordinates = new ArrayList<>();
        Path file = Path.of(top.required("effects"));
        try {
            for (EffectConfig effect : EffectConfig.read(file)) {
                List<String> bags = effect.columns().stream()
                        .filter(column ->
                                column.nameTermValue() || !column.shape().isEmpty())
                        .map(EffectConfig.Column::name)
                        .toList();
                SolverSettings solver = compat == Compat.GDMIX ? SolverSettings.gdmix() : SolverSettings.LOGISTIC;
                coordinates.add(new EffectsConfig.CoordinateSpec(
                        effect.coordinate(),
                        effect.entity(),
                        bags,
                        solver.withLoss(loss).withCompat(compat),
                        new ActiveSamples(1, 0, compat),
                        0,
                        0));
            }
        } catch (IOException e) {
            throw new ConfigException(
                    "effects=" + file + top.place("effects") + " cannot be read: " + e.getMessage(), e);
        }
        return coordinates;
    }

    private static EffectsConfig.Preparation preparation(YamlMap coordinate) {
        EffectsConfig.Source source = new EffectsConfig.Source(
                path(coordinate, "training"),
                path(coordinate, "validation"),
                path(coordinate, "metadata"),
                path(coordinate, "feature_list"),
                coordinate.list("score_features"));
        return new EffectsConfig.Preparation(
                source,
                coordinate.choice("normalization", Normalization.NONE),
                coordinate.number("down_sampling_rate", 1));
    }

    private static EffectsConfig.@Nullable Search search(YamlMap top) {
        if (!top.has("search")) {
            return null;
        }
        YamlMap search = top.section("search", SEARCH);
        YamlMap weights = search.section("weights", Set.of());
        Map<String, double[]> byName = new TreeMap<>();
        for (String name : weights.keys()) {
            byName.put(name, weights.numbers(name));
        }
        return new EffectsConfig.Search(
                search.choice("kind", EffectsConfig.SearchKind.BAYESIAN),
                byName,
                search.list("coordinates"),
                search.number("least", 1e-4),
                search.number("most", 1e4),
                search.whole("trials", 20),
                search.whole("seed", 1),
                search.whole("folds", 5));
    }
}
