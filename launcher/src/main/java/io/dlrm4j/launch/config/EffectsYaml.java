package io.dlrm4j.launch.config;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.job.EffectsConfig;
import io.dlrm4j.effects.optimize.Stopping;
import io.dlrm4j.effects.solve.Loss;
import io.dlrm4j.effects.solve.Regularization;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.solve.Variance;
import io.dlrm4j.effects.train.ActiveSamples;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Reads what `dlrm random-effects` trains on what.
public final class EffectsYaml {
    private static final Set<String> TOP =
            Set.of("data", "loss", "coordinates", "passes", "locked", "evaluators", "search", "threads", "compat");
    private static final Set<String> DATA =
            Set.of("training", "validation", "scores", "uid", "label", "weight", "offset");
    private static final Set<String> COORDINATE = Set.of(
            "name",
            "entity",
            "features",
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
            "prior_weight");
    private static final Set<String> SEARCH =
            Set.of("kind", "weights", "coordinates", "least", "most", "trials", "seed");

    private EffectsYaml() {}

    /// @param file in YAML
    /// @throws ConfigException when it cannot be read, or a key or value in it cannot be used
    public static EffectsConfig read(Path file) {
        return read(YamlText.read(file), file.toString());
    }

    /// @param file printed in messages
    static EffectsConfig read(String text, String file) {
        YamlMap top = YamlMap.read(text, file, TOP);
        try {
            return read(top);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(e.getMessage() + " in " + file, e);
        }
    }

    private static EffectsConfig read(YamlMap top) {
        Compat compat = top.choice("compat", Compat.NONE);
        Loss loss = top.choice("loss", Loss.LOGISTIC);
        List<EffectsConfig.CoordinateSpec> coordinates = new ArrayList<>();
        for (YamlMap coordinate : top.sections("coordinates", COORDINATE)) {
            coordinates.add(coordinate(coordinate, loss, compat));
        }
        EffectsConfig.Data data = data(top.section("data", DATA));
        List<Evaluator> evaluators = new ArrayList<>();
        for (String name : top.list("evaluators")) {
            evaluators.add(Evaluator.parse(name, compat));
        }
        if (evaluators.isEmpty() && data.validation() != null) {
            evaluators.add(Evaluator.parse(loss == Loss.LOGISTIC ? "AUC" : loss.name() + "_LOSS", compat));
        }
        EffectsConfig.Descent descent =
                new EffectsConfig.Descent(top.whole("passes", 1), Set.copyOf(top.list("locked")), evaluators, compat);
        int processors = Runtime.getRuntime().availableProcessors();
        return new EffectsConfig(data, coordinates, descent, search(top), top.whole("threads", processors));
    }

    private static EffectsConfig.Data data(YamlMap data) {
        return new EffectsConfig.Data(
                Path.of(data.required("training")),
                data.has("validation") ? Path.of(data.required("validation")) : null,
                data.list("scores").stream().map(Path::of).toList(),
                data.text("uid", "uid"),
                data.text("label", "label"),
                data.text("weight", ""),
                data.text("offset", ""));
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
                coordinate.number("prior_weight", 0));
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
                search.whole("seed", 1));
    }
}
