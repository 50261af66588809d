package io.dlrm4j.effects.evaluate;

import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.effects.data.Compat;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A metric over all samples, or its mean over the entities of one kind, each computed from its own samples.
///
/// The mean over entities is weighted by their samples' weights; Photon's is not. Entities whose metric is not defined
/// (an AUC of labels that are all the same) are left out of it.
///
/// @param metric what is measured
/// @param k how many best scores [Metric#PRECISION_AT_K] looks at, else 0
/// @param entity the kind of entity, or empty for all samples at once
/// @param compat Photon's unweighted ways, or right ones
public record Evaluator(Metric metric, int k, String entity, Compat compat) {
    private static final Pattern NAME = Pattern.compile("([A-Za-z_]+)(?:@(\\d+))?(?::(.+))?");

    /// Reads a name as Photon writes them: `AUC`, `AUC:userId`, `PRECISION@5:userId`, `RMSE`.
    ///
    /// @throws IllegalArgumentException for another name, with the known ones
    public static Evaluator parse(String name, Compat compat) {
        Matcher parts = NAME.matcher(name.strip());
        if (parts.matches()) {
            String word = parts.group(1).toUpperCase(Locale.ROOT);
            boolean precision = word.equals("PRECISION") && parts.group(2) != null;
            String entity = parts.group(3) == null ? "" : parts.group(3);
            for (Metric metric : Metric.values()) {
                boolean at = metric == Metric.PRECISION_AT_K;
                if (at ? precision : metric.name().equals(word) && parts.group(2) == null) {
                    return new Evaluator(metric, at ? Integer.parseInt(parts.group(2)) : 0, entity, compat);
                }
            }
        }
        throw new IllegalArgumentException(
                "evaluator %s, want AUC, AUPR, PRECISION@k, RMSE or a loss as LOGISTIC_LOSS; :entity behind it for a mean"
                        .formatted(name));
    }

    /// @throws IllegalArgumentException for a precision without k
    public Evaluator {
        if (metric == Metric.PRECISION_AT_K && k < 1) {
            throw new IllegalArgumentException("precision@%d, want 1 or more".formatted(k));
        }
    }

    /// @return the name that [#parse] reads
    public String name() {
        return entity.isEmpty() ? metricName() : metricName() + ":" + entity;
    }

    /// @return the name without the entity
    public String metricName() {
        return metric == Metric.PRECISION_AT_K ? "PRECISION@" + k : metric.name();
    }

    /// Measures.
    ///
    /// @return the metric, NaN where it is not defined
    /// @throws IllegalArgumentException when the samples do not know the kind of entity
    public double evaluate(ScoredSamples samples) {
        int n = samples.size();
        Ints order = samples.order();
        if (entity.isEmpty()) {
            for (int i = 0; i < n; i++) {
                order.set(i, i);
            }
            Ranking.sort(samples, 0, n);
            return measure(new Measures(samples, compat), 0, n);
        }
        int[] starts = groupInto(groups(samples), order);
        Measures measures = new Measures(samples, compat);
        double sum = 0;
        double weights = 0;
        for (int group = 0; group + 1 < starts.length; group++) {
            double value = measureGroup(measures, samples, starts, group);
            if (Double.isFinite(value)) {
                double weight = compat == Compat.PHOTON ? 1 : measures.weight(starts[group], starts[group + 1]);
                sum += weight * value;
                weights += weight;
            }
        }
        return sum / weights;
    }

    /// Measures each entity alone.
    ///
    /// @return the metric of each entity, by its number; NaN or infinite where it is not defined
    /// @throws IllegalArgumentException when this evaluator has no entity, or the samples do not know it
    public double[] evaluateEach(ScoredSamples samples) {
        int[] starts = groupInto(groups(samples), samples.order());
        Measures measures = new Measures(samples, compat);
        double[] values = new double[starts.length - 1];
        Arrays.setAll(values, group -> measureGroup(measures, samples, starts, group));
        return values;
    }

    private Ints groups(ScoredSamples samples) {
        Ints groups = samples.groups().get(entity);
        if (groups == null) {
            throw new IllegalArgumentException("evaluator %s: no entities %s, want one of %s"
                    .formatted(name(), entity, List.copyOf(samples.groups().keySet())));
        }
        return groups;
    }

    private double measureGroup(Measures measures, ScoredSamples samples, int[] starts, int group) {
        Ranking.sort(samples, starts[group], starts[group + 1]);
        return measure(measures, starts[group], starts[group + 1]);
    }

    /// @return whether the first value is better than the second; a number is better than none
    public boolean isBetter(double first, double second) {
        if (Double.isNaN(first) || Double.isNaN(second)) {
            return !Double.isNaN(first);
        }
        return metric.largerIsBetter() ? first > second : first < second;
    }

    /// Chooses the best of several models.
    ///
    /// GDMix's selector starts from -1 and asks whether a value is below, so that it never finds the best root mean
    /// squared error ([Compat#GDMIX]).
    ///
    /// @param values one for each model
    /// @return the position of the best, the first among equals; -1 when there is none
    public int best(double[] values) {
        if (compat == Compat.GDMIX && !metric.largerIsBetter()) {
            return -1;
        }
        int best = -1;
        for (int i = 0; i < values.length; i++) {
            if (!Double.isNaN(values[i]) && (best < 0 || isBetter(values[i], values[best]))) {
                best = i;
            }
        }
        return best;
    }

    private double measure(Measures measures, int from, int to) {
        if (from == to) {
            return Double.NaN;
        }
        return switch (metric) {
            case AUC -> measures.auc(from, to);
            case AUPR -> measures.aupr(from, to);
            case PRECISION_AT_K -> measures.precision(from, to, k);
            case RMSE -> measures.rmse(from, to);
            case LOGISTIC_LOSS, POISSON_LOSS, SQUARED_LOSS, SMOOTHED_HINGE_LOSS ->
                measures.loss(metric.loss(), from, to);
        };
    }

    /// Sorts positions by group (counting sort).
    ///
    /// @return where each group begins, and the end
    private static int[] groupInto(Ints groups, Ints order) {
        int n = Math.toIntExact(groups.length());
        int count = 0;
        for (int i = 0; i < n; i++) {
            count = Math.max(count, groups.get(i) + 1);
        }
        int[] starts = new int[count + 1];
        for (int i = 0; i < n; i++) {
            starts[groups.get(i) + 1]++;
        }
        for (int g = 0; g < count; g++) {
            starts[g + 1] += starts[g];
        }
        int[] next = starts.clone();
        for (int i = 0; i < n; i++) {
            order.set(next[groups.get(i)]++, i);
        }
        return starts;
    }
}
