package io.dlrm4j.effects.job;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.descent.PenaltyChoice;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.solve.Loss;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.train.ActiveSamples;
import io.dlrm4j.effects.train.TrainerSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is trained on what.
///
/// @param data files and columns
/// @param coordinates in the order of training
/// @param descent passes, locks, evaluators
/// @param search which penalties are tried, or null for those of the coordinates alone
/// @param threads that fit entities
public record EffectsConfig(
        Data data,
        List<CoordinateSpec> coordinates,
        Descent descent,
        @Nullable Search search,
        int threads) {
    /// Files and columns.
    ///
    /// @param training a file or a folder; of [Format#GDMIX] the folder of all effects
    /// @param validation the same, or null
    /// @param scores files of uid and logit whose sums are what the random effects stand behind, of all samples; or
    ///     what GDMix left of a coordinate, a folder of `training_scores` and `validation_scores`
    /// @param uid column of the samples' numbers; empty: they are numbered in their order, where files are
    ///     no tables
    /// @param label column
    /// @param weight column, empty for none
    /// @param offset column, empty for none
    /// @param reading how files are read
    public record Data(
            Path training,
            @Nullable Path validation,
            List<Path> scores,
            String uid,
            String label,
            String weight,
            String offset,
            Reading reading) {
        /// Files whose names say what they are.
        public Data(
                Path training,
                @Nullable Path validation,
                List<Path> scores,
                String uid,
                String label,
                String weight,
                String offset) {
            this(training, validation, scores, uid, label, weight, offset, Reading.BY_NAME);
        }
    }

    /// How files are read.
    ///
    /// @param format of the samples
    /// @param score column of the logit in score files; empty: `logit`, or what GDMix and DeText call it
    /// @param days first and last day of folders `yyyy/MM/dd`, two dates with `..` between them; empty: all files
    /// @param featureBags Photon's folder of feature bags, whose features are numbered first; or null
    public record Reading(
            Format format,
            String score,
            String days,
            @Nullable Path featureBags) {
        /// Names say what files are.
        public static final Reading BY_NAME = new Reading(Format.AUTO, "", "", null);
    }

    /// Formats of samples.
    public enum Format {
        /// As the files' names say.
        AUTO,
        /// Parquet or CSV.
        TABLE,
        /// Avro records of any schema, such as Photon's and GDMix's.
        AVRO,
        /// One JSON object a line.
        JSON,
        /// LibSVM's text, for fixed effects.
        LIBSVM,
        /// Lambda Learner's lines of numbers, for fixed effects.
        LAMBDA,
        /// TFRecords of `Example` or `SequenceExample`, which need tensor metadata.
        TFRECORD,
        /// GDMix's input: for each effect a folder of feature list, tensor metadata, training and validation samples.
        GDMIX
    }

    /// Where a coordinate's samples are when they lie elsewhere than those of the others.
    ///
    /// @param training file or folder, or null
    /// @param validation file or folder, or null
    /// @param metadata GDMix's `tensor_metadata.json`, or null
    /// @param featureList GDMix's feature list, which numbers the features, or null
    /// @param scoreFeatures columns of the first of the score files that give features too, such as `hidden`: the
    ///     activations of a DLRM's last hidden layer
    public record Source(
            @Nullable Path training,
            @Nullable Path validation,
            @Nullable Path metadata,
            @Nullable Path featureList,
            List<String> scoreFeatures) {
        /// With the others.
        public static final Source SHARED = new Source(null, null, null, null);

        /// Features from the samples alone.
        public Source(
                @Nullable Path training,
                @Nullable Path validation,
                @Nullable Path metadata,
                @Nullable Path featureList) {
            this(training, validation, metadata, featureList, List.of());
        }

        /// Copies the list.
        public Source {
            scoreFeatures = List.copyOf(scoreFeatures);
        }
    }

    /// What is done to a coordinate's samples before it is trained.
    ///
    /// @param source where they are
    /// @param normalization of its features
    /// @param downSampling of a fixed effect: the share of samples kept, 1 for all
    public record Preparation(Source source, Normalization normalization, double downSampling) {
        /// Samples are taken as they are.
        public static final Preparation NONE = new Preparation(Source.SHARED, Normalization.NONE, 1);

        /// @throws IllegalArgumentException for a share out of bounds
        public Preparation {
            if (!(downSampling > 0 && downSampling <= 1)) {
                throw new IllegalArgumentException(
                        "down_sampling_rate=%s, want above 0, at most 1".formatted(downSampling));
            }
        }
    }

    /// One coordinate.
    ///
    /// @param name of the coordinate
    /// @param entity column of its entities; empty for a fixed effect
    /// @param features columns that give features
    /// @param solver of each entity
    /// @param active which samples
    /// @param featuresPerSample how many features an entity keeps for each sample, 0 for all
    /// @param priorWeight how much an old model counts beyond being the start
    /// @param preparation of its samples
    public record CoordinateSpec(
            String name,
            String entity,
            List<String> features,
            SolverSettings solver,
            ActiveSamples active,
            double featuresPerSample,
            double priorWeight,
            Preparation preparation) {
        /// A coordinate whose samples are taken as they are.
        public CoordinateSpec(
                String name,
                String entity,
                List<String> features,
                SolverSettings solver,
                ActiveSamples active,
                double featuresPerSample,
                double priorWeight) {
            this(name, entity, features, solver, active, featuresPerSample, priorWeight, Preparation.NONE);
        }

        /// @throws IllegalArgumentException when parts contradict each other
        public CoordinateSpec {
            features = List.copyOf(features);
            if (preparation.downSampling() < 1 && !entity.isEmpty()) {
                throw new IllegalArgumentException(
                        "coordinate %s: down_sampling_rate is for fixed effects; most_samples caps an entity's"
                                .formatted(name));
            }
            if (preparation.normalization() == Normalization.STANDARDIZATION
                    && (!solver.intercept() || solver.regularization().intercept())) {
                throw new IllegalArgumentException(
                        "coordinate %s: normalization=standardization, want a free intercept, which takes up the shift"
                                .formatted(name));
            }
        }

        /// @return whether there is a model for each entity
        boolean isRandom() {
            return !entity.isEmpty();
        }

        /// @return columns that give features, of the samples and then of the scores
        List<String> allFeatures() {
            List<String> all = new ArrayList<>(features);
            all.addAll(preparation.source().scoreFeatures());
            return all;
        }

        TrainerSettings trainer(int threads) {
            return new TrainerSettings(solver, active, featuresPerSample, priorWeight, threads);
        }
    }

    /// How coordinates are trained in turn.
    ///
    /// @param passes over the coordinates
    /// @param locked coordinates that keep their models
    /// @param evaluators on the validation samples
    /// @param compat whose known defects are reproduced
    public record Descent(int passes, Set<String> locked, List<Evaluator> evaluators, Compat compat) {}

    /// How penalties are searched.
    ///
    /// @param kind of search
    /// @param weights for [SearchKind#PATH] and [SearchKind#CROSS_FITTED]: the penalties of coordinates, by name
    /// @param coordinates for the other kinds: whose penalties are searched
    /// @param least smallest penalty
    /// @param most largest penalty
    /// @param trials how many are tried
    /// @param seed of the search
    /// @param folds for [SearchKind#CROSS_FITTED]: parts of the training samples
    public record Search(
            SearchKind kind,
            Map<String, double[]> weights,
            List<String> coordinates,
            double least,
            double most,
            int trials,
            long seed,
            int folds) {}

    /// Kinds of search.
    public enum SearchKind {
        /// All combinations of given penalties, from strong to weak.
        PATH,
        /// Even points.
        RANDOM,
        /// Where a Gaussian process expects the largest improvement.
        BAYESIAN,
        /// Each random effect's among given penalties and none of the effect, on held-out training samples
        /// ([io.dlrm4j.effects.descent.CrossFittedDescent]).
        CROSS_FITTED
    }

    /// @throws IllegalArgumentException when parts contradict each other
    public EffectsConfig {
        coordinates = List.copyOf(coordinates);
        if (coordinates.isEmpty()) {
            throw new IllegalArgumentException("no coordinates, want one or more");
        }
        if (threads < 1) {
            throw new IllegalArgumentException("threads=%d, want 1 or more".formatted(threads));
        }
        for (CoordinateSpec spec : coordinates) {
            if (!spec.preparation().source().scoreFeatures().isEmpty()
                    && data.scores().isEmpty()) {
                throw new IllegalArgumentException(
                        "coordinate %s: score_features without score files, want data.scores".formatted(spec.name()));
            }
        }
        if (search != null && search.kind() == SearchKind.CROSS_FITTED) {
            choices(search, coordinates, descent);
        } else if (search != null && data.validation() == null) {
            throw new IllegalArgumentException(
                    "a search without validation data, want data.validation or search.kind=cross_fitted");
        }
    }

    /// @return of a [SearchKind#CROSS_FITTED] how each coordinate's penalty is chosen, by name
    Map<String, PenaltyChoice> choices(Search crossFitted) {
        return choices(crossFitted, coordinates, descent);
    }

    private static Map<String, PenaltyChoice> choices(
            Search search, List<CoordinateSpec> coordinates, Descent descent) {
        if (descent.passes() > 1
                || !descent.locked().isEmpty()
                || descent.evaluators().isEmpty()) {
            throw new IllegalArgumentException(
                    "search.kind=cross_fitted with passes=%d locked=%s and %d evaluators, want 1, none, and one that decides"
                            .formatted(
                                    descent.passes(),
                                    descent.locked(),
                                    descent.evaluators().size()));
        }
        Map<String, PenaltyChoice> choices = new LinkedHashMap<>();
        for (CoordinateSpec spec : coordinates) {
            double[] weights = search.weights().get(spec.name());
            if (!spec.isRandom() || weights == null) {
                throw new IllegalArgumentException("search.kind=cross_fitted with the coordinate %s, %s"
                        .formatted(
                                spec.name(),
                                spec.isRandom()
                                        ? "want its penalties in search.weights"
                                        : "which is a fixed effect: want random effects alone, behind data.scores"));
            }
            Evaluator decides = descent.evaluators().getFirst();
            choices.put(spec.name(), new PenaltyChoice(search.folds(), decides, weights));
        }
        for (String name : search.weights().keySet()) {
            if (!choices.containsKey(name)) {
                throw new IllegalArgumentException(
                        "search.weights.%s: no such coordinate, want one of %s".formatted(name, choices.keySet()));
            }
        }
        return choices;
    }

    /// @return whether there is one random effect and nothing that needs all its samples at once
    boolean isOneRandomEffect() {
        CoordinateSpec first = coordinates.getFirst();
        return coordinates.size() == 1
                && first.isRandom()
                && first.preparation().normalization() == Normalization.NONE
                && data.validation() == null
                && search == null
                && descent.passes() == 1
                && descent.locked().isEmpty();
    }

    /// @param name of a coordinate
    /// @throws IllegalArgumentException when there is none of that name
    CoordinateSpec coordinate(String name) {
        return coordinates.stream()
                .filter(spec -> spec.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no coordinate %s, want one of %s"
                        .formatted(
                                name,
                                coordinates.stream().map(CoordinateSpec::name).toList())));
    }

    /// @return the loss of all coordinates
    Loss loss() {
        return coordinates.getFirst().solver().loss();
    }
}
