package io.dlrm4j.trainer.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// How speed grows with ranks or with the batch, and where that ends.
///
/// @param points in ascending order; without those that do not fit the memory
public record Scaling(List<Point> points) {
    /// Twice as much that brings less than this factor does not pay.
    static final double PAYS = 1.1;

    /// @param amount ranks, or samples of a batch
    /// @param prediction of the best plan
    public record Point(int amount, Prediction prediction) {}

    public Scaling {
        points = List.copyOf(points);
    }

    /// @param amounts ascending
    /// @param predict gives the prediction, or null where it does not fit
    static Scaling of(List<Integer> amounts, IntFunction<@Nullable Prediction> predict) {
        List<Point> points = new ArrayList<>();
        for (int amount : amounts) {
            Prediction prediction = predict.apply(amount);
            if (prediction != null) {
                points.add(new Point(amount, prediction));
            }
        }
        return new Scaling(points);
    }

    /// @return the first amount of which twice as much brings less than a tenth more samples a second, or the last
    /// @throws java.util.NoSuchElementException when there is no point
    public int knee() {
        for (int i = 0; i + 1 < points.size(); i++) {
            double now = points.get(i).prediction().samplesPerSecond();
            if (points.get(i + 1).prediction().samplesPerSecond() < PAYS * now) {
                return points.get(i).amount();
            }
        }
        return points.getLast().amount();
    }
}
