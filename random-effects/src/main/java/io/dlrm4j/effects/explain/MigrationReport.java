package io.dlrm4j.effects.explain;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityModel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What changes for somebody who leaves `--compat` for the default: every known difference of the system, and, where
/// models of both ways were added, by how much they differ.
public final class MigrationReport {
    private static final int LARGEST = 3;

    private final Compat compat;
    private final List<Change> largest = new ArrayList<>();
    private long models;
    private long different;

    /// A difference between an older system and the default here.
    ///
    /// @param where the part of the system
    /// @param theirs what it does, and `compat` reproduces
    /// @param ours what is done by default
    public record Difference(Compat compat, String where, String theirs, String ours) {}

    private record Change(String entity, double size) {}

    private static final List<Difference> KNOWN = List.of(
            new Difference(
                    Compat.GDMIX,
                    "bound on an entity's samples",
                    "deals n samples into floor(n / bound + 1) groups by uid and trains on one: about half are kept, weights stay",
                    "keeps exactly as many as the bound says and weighs them n / bound"),
            new Difference(
                    Compat.GDMIX,
                    "penalty",
                    "holds the intercept too unless told otherwise; squared errors have no half, so that it weighs half",
                    "leaves the intercept free unless regularize_intercept says otherwise; errors are halved"),
            new Difference(
                    Compat.GDMIX,
                    "small coefficients",
                    "those up to 1e-4 become 0 before samples are scored, and are not in model files",
                    "all are kept unless sparsity says otherwise"),
            new Difference(
                    Compat.GDMIX,
                    "solver",
                    "L-BFGS, 100 iterations at most",
                    "Newton's method or L-BFGS, to a closer optimum"),
            new Difference(
                    Compat.GDMIX,
                    "metric/evalSummary.json",
                    "calls the squared error mse, a name that its own selector does not find",
                    "has the metrics by the evaluators' names"),
            new Difference(
                    Compat.GDMIX,
                    "weights in a fixed effect's score files",
                    "keeps the whole part: 0.5 becomes 0",
                    "writes the weight as it is"),
            new Difference(
                    Compat.GDMIX,
                    "choice of the best model by an error",
                    "compares with -1 from the start, so that no model ever wins",
                    "the smallest error wins; an unknown metric is refused"),
            new Difference(
                    Compat.GDMIX,
                    "offsets between coordinates",
                    "32-bit floats at every hop; a sample without a score disappears",
                    "double precision; a sample without a score is an error that names it"),
            new Difference(
                    Compat.GDMIX,
                    "partition of an entity",
                    "negative where the hash is the smallest int",
                    "always 0 to partitions - 1, the same for every other hash"),
            new Difference(
                    Compat.PHOTON,
                    "variances in model files",
                    "left out up to the sparsity threshold: the best known coefficients get the weakest prior when read again",
                    "every known variance is written"),
            new Difference(
                    Compat.PHOTON,
                    "small coefficients",
                    "those up to 1e-4 are left out of model files",
                    "all but zeros are written"),
            new Difference(
                    Compat.PHOTON,
                    "L1 penalty",
                    "weighs on the intercept as well",
                    "leaves the intercept alone unless it is to be penalized"),
            new Difference(
                    Compat.PHOTON,
                    "metrics",
                    "losses are sums, RMSE divides by a count without weights, AUPR has none, precision@k divides by k for smaller groups",
                    "all are weighted means; precision@k divides by the samples there are"),
            new Difference(
                    Compat.PHOTON,
                    "metrics of entities",
                    "every entity counts alike in their mean",
                    "an entity counts as much as its samples weigh"),
            new Difference(
                    Compat.PHOTON,
                    "hyper-parameter search",
                    "cannot be reached from the command: its default tuner does nothing",
                    "random and Bayesian search from the command"),
            new Difference(
                    Compat.LAMBDA,
                    "Thompson sampling",
                    "takes the precision for the variance: what is known best is explored most",
                    "draws with the covariance"),
            new Difference(
                    Compat.LAMBDA,
                    "precision after an update",
                    "leaves out the samples' weights",
                    "counts them, as the loss does"),
            new Difference(
                    Compat.LAMBDA,
                    "squared loss",
                    "leaves out weights, and takes the logistic curvature without the penalty for its precision",
                    "counts weights; the precision is that of squared loss, penalty included"),
            new Difference(
                    Compat.LAMBDA,
                    "large margins",
                    "overflow, and the update is dropped",
                    "computed without overflow"));

    /// @param compat the system that is left
    /// @throws IllegalArgumentException for [Compat#NONE], which is no system
    public MigrationReport(Compat compat) {
        if (compat == Compat.NONE) {
            throw new IllegalArgumentException("compat=NONE, want the system that is left: gdmix, photon or lambda");
        }
        this.compat = compat;
    }

    /// @return the known differences of the system
    public List<Difference> differences() {
        return KNOWN.stream().filter(one -> one.compat == compat).toList();
    }

    /// Compares two models of one entity.
    ///
    /// @param theirs trained with `compat`; null: it has none
    /// @param ours trained by default; null: it has none
    public void add(@Nullable EntityModel theirs, @Nullable EntityModel ours) {
        models++;
        if (theirs == null || ours == null) {
            different += theirs == ours ? 0 : 1;
            return;
        }
        double change = Math.max(change(theirs, ours), change(ours, theirs));
        different += change > 0 ? 1 : 0;
        if (change > 0 && (largest.size() < LARGEST || change > largest.getLast().size)) {
            largest.add(new Change(ours.entity(), change));
            largest.sort(Comparator.comparingDouble((Change one) -> -one.size));
            if (largest.size() > LARGEST) {
                largest.removeLast();
            }
        }
    }

    private static double change(EntityModel from, EntityModel to) {
        double largest = 0;
        for (int i = 0; i < from.size(); i++) {
            int position = to.positionOf(from.feature(i));
            double other = position < 0 ? 0 : to.mean(position);
            largest = Math.max(largest, Math.abs(from.mean(i) - other));
        }
        return largest;
    }

    /// @return the report, several lines
    public String text() {
        StringBuilder text = new StringBuilder();
        String system = compat.name().toLowerCase(Locale.ROOT);
        text.append("From --compat ").append(system).append(" to the default\n");
        for (Difference one : differences()) {
            text.append("\n").append(one.where).append('\n');
            text.append("  ").append(system).append(": ").append(one.theirs).append('\n');
            text.append("  default: ").append(one.ours).append('\n');
        }
        if (models > 0) {
            text.append(String.format(
                    Locale.ROOT,
                    "%n%d models compared, %d differ, the largest change of a coefficient is %.6g%n",
                    models,
                    different,
                    largest.isEmpty() ? 0 : largest.getFirst().size));
            for (Change one : largest) {
                text.append(String.format(Locale.ROOT, "  %s by %.6g%n", one.entity, one.size));
            }
        }
        return text.toString();
    }
}
