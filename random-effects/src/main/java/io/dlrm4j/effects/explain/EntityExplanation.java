package io.dlrm4j.effects.explain;

import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.solve.Loss;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.train.ActiveSamples;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What was trained for one entity, on what, and why it scores as it does.
public final class EntityExplanation {
    private static final int SHOWN_COEFFICIENTS = 20;
    private static final int SHOWN_SAMPLES = 5;
    private static final int SHOWN_REASONS = 4;

    private final FeatureIndex index;
    private final SolverSettings solver;
    private final ActiveSamples active;

    /// @param index the features' names
    /// @param solver what was minimized
    /// @param active which samples it was trained on
    public EntityExplanation(FeatureIndex index, SolverSettings solver, ActiveSamples active) {
        this.index = index;
        this.solver = solver;
        this.active = active;
    }

    /// @param data all samples of the entity, offsets as in training
    /// @param model the entity's model, or null when it has none
    /// @return the explanation, several lines
    public String text(EntityData data, @Nullable EntityModel model) {
        EntityData trainedOn = active.select(data, new EntityData());
        StringBuilder text = new StringBuilder();
        line(text, "entity %s".formatted(data.entity()));
        line(
                text,
                "samples    %s, sum of weights %s, mean label %s, mean offset %s"
                        .formatted(
                                data.rows(),
                                number(sum(data.weights(), data.rows())),
                                number(mean(data.labels(), data.rows())),
                                number(mean(data.offsets(), data.rows()))));
        trainedOn(text, data, trainedOn);
        line(
                text,
                "objective  %s loss, L2 %s, L1 %s, intercept %s, variances %s, compat %s"
                        .formatted(
                                solver.loss().name().toLowerCase(Locale.ROOT),
                                number(solver.regularization().l2()),
                                number(solver.regularization().l1()),
                                solver.intercept() ? "yes" : "no",
                                solver.variance().name().toLowerCase(Locale.ROOT),
                                solver.compat().name().toLowerCase(Locale.ROOT)));
        if (model == null) {
            line(text, "model      none: a sample scores its offset");
        } else {
            coefficients(text, data, model);
        }
        for (int row = 0; row < Math.min(SHOWN_SAMPLES, data.rows()); row++) {
            sample(text, data, row, model);
        }
        if (data.rows() > SHOWN_SAMPLES) {
            line(text, "           and %d samples more".formatted(data.rows() - SHOWN_SAMPLES));
        }
        return text.toString();
    }

    private void trainedOn(StringBuilder text, EntityData data, EntityData trainedOn) {
        if (trainedOn.rows() == 0) {
            line(text, "trained on none: fewer than %d samples".formatted(active.least()));
        } else if (trainedOn.rows() == data.rows()) {
            line(text, "trained on all");
        } else {
            line(
                    text,
                    "trained on %d, capped at %d; weights of those sum to %s"
                            .formatted(
                                    trainedOn.rows(),
                                    active.cap(),
                                    number(sum(trainedOn.weights(), trainedOn.rows()))));
        }
    }

    private void coefficients(StringBuilder text, EntityData data, EntityModel model) {
        line(
                text,
                "model      %d coefficients%s"
                        .formatted(
                                model.size(),
                                model.size() > SHOWN_COEFFICIENTS ? ", the largest " + SHOWN_COEFFICIENTS + ":" : ":"));
        Integer[] bySize = new Integer[model.size()];
        Arrays.setAll(bySize, i -> i);
        Arrays.sort(bySize, Comparator.comparingDouble(i -> -Math.abs(model.mean(i))));
        for (int i = 0; i < Math.min(SHOWN_COEFFICIENTS, bySize.length); i++) {
            int position = bySize[i];
            int feature = model.feature(position);
            String spread = model.hasVariances() ? " ± " + number(Math.sqrt(model.variance(position))) : "";
            line(
                    text,
                    "  %12s%s  %s  in %d samples"
                            .formatted(
                                    number(model.mean(position)),
                                    spread,
                                    name(feature),
                                    feature == FeatureIndex.INTERCEPT ? data.rows() : count(data, feature)));
        }
    }

    private void sample(StringBuilder text, EntityData data, int row, @Nullable EntityModel model) {
        double own = model == null ? 0 : model.score(data, row);
        double margin = data.offsets()[row] + own;
        String probability =
                solver.loss() == Loss.LOGISTIC ? ", probability " + number(1 / (1 + Math.exp(-margin))) : "";
        line(
                text,
                "uid %d  label %s  score %s = offset %s %s own %s%s"
                        .formatted(
                                data.uids()[row],
                                number(data.labels()[row]),
                                number(margin),
                                number(data.offsets()[row]),
                                own < 0 ? "-" : "+",
                                number(Math.abs(own)),
                                probability));
        if (model == null) {
            return;
        }
        int first = data.rowStarts()[row];
        Integer[] entries = new Integer[data.rowStarts()[row + 1] - first];
        Arrays.setAll(entries, i -> first + i);
        Arrays.sort(entries, Comparator.comparingDouble(k -> -Math.abs(part(data, model, k))));
        StringBuilder reasons = new StringBuilder();
        int intercept = model.positionOf(FeatureIndex.INTERCEPT);
        if (intercept >= 0) {
            reasons.append("intercept ").append(number(model.mean(intercept)));
        }
        for (int i = 0; i < Math.min(SHOWN_REASONS, entries.length); i++) {
            double part = part(data, model, entries[i]);
            if (part != 0) {
                reasons.append(reasons.isEmpty() ? "" : ", ")
                        .append(name(data.indices()[entries[i]]))
                        .append(' ')
                        .append(number(part));
            }
        }
        line(text, "  because of %s".formatted(reasons.isEmpty() ? "nothing that the model knows" : reasons));
    }

    private static double part(EntityData data, EntityModel model, int entry) {
        int position = model.positionOf(data.indices()[entry]);
        return position < 0 ? 0 : model.mean(position) * data.values()[entry];
    }

    private static int count(EntityData data, int feature) {
        int count = 0;
        for (int row = 0; row < data.rows(); row++) {
            boolean has = false;
            for (int k = data.rowStarts()[row]; k < data.rowStarts()[row + 1]; k++) {
                has |= data.indices()[k] == feature;
            }
            count += has ? 1 : 0;
        }
        return count;
    }

    private String name(int feature) {
        String term = index.term(feature);
        return term.isEmpty() ? index.name(feature) : index.name(feature) + "=" + term;
    }

    private static double mean(double[] values, int count) {
        return count == 0 ? 0 : sum(values, count) / count;
    }

    private static double sum(double[] values, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += values[i];
        }
        return sum;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.6g", value);
    }

    private static void line(StringBuilder text, String line) {
        text.append(line).append('\n');
    }
}
