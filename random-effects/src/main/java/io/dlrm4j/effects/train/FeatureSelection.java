package io.dlrm4j.effects.train;

import io.dlrm4j.effects.data.EntityData;
import java.util.Arrays;

/// Keeps the features of an entity that correlate most with its labels: `ceil(ratio · n)` of them for n samples, by
/// the size of Pearson's (weighted) correlation; the feature of the smaller number among equals. A feature that never
/// varies has correlation 0. For entities with more features than samples can tell apart.
///
/// One thread at a time.
public final class FeatureSelection {
    private final double ratio;
    private int[] features = {};
    private int size;
    private double[] sums = {}; // of w x
    private double[] squares = {}; // of w x²
    private double[] products = {}; // of w x y
    private double[] strengths = {};

    /// @param ratio features for each sample, more than 0
    public FeatureSelection(double ratio) {
        if (!(ratio > 0)) {
            throw new IllegalArgumentException("features for each sample=%s, want more than 0".formatted(ratio));
        }
        this.ratio = ratio;
    }

    /// Selects.
    ///
    /// @param from an entity's samples
    /// @param room takes the samples with the features that are kept, where not all are
    /// @return `from` or `room`
    public EntityData select(EntityData from, EntityData room) {
        findFeatures(from);
        double most = Math.ceil(ratio * from.rows());
        if (size <= most) {
            return from;
        }
        int kept = (int) most;
        measure(from);
        double[] sorted = Arrays.copyOf(strengths, size);
        Arrays.sort(sorted);
        double weakest = sorted[size - kept];
        int ofWeakest = kept;
        for (int j = 0; j < size; j++) {
            ofWeakest -= strengths[j] > weakest ? 1 : 0;
        }
        for (int j = 0; j < size; j++) {
            boolean keep = strengths[j] > weakest || (strengths[j] == weakest && ofWeakest-- > 0);
            strengths[j] = keep ? 1 : 0;
        }
        room.begin(from.entity());
        for (int row = 0; row < from.rows(); row++) {
            room.addRow(from.uids()[row], from.labels()[row], from.weights()[row], from.offsets()[row]);
            for (int k = from.rowStarts()[row]; k < from.rowStarts()[row + 1]; k++) {
                if (strengths[positionOf(from.indices()[k])] == 1) {
                    room.addFeature(from.indices()[k], from.values()[k]);
                }
            }
        }
        return room;
    }

    private void findFeatures(EntityData from) {
        if (features.length < from.entries()) {
            features = new int[from.entries()];
        }
        System.arraycopy(from.indices(), 0, features, 0, from.entries());
        Arrays.sort(features, 0, from.entries());
        size = 0;
        for (int k = 0; k < from.entries(); k++) {
            if (size == 0 || features[size - 1] != features[k]) {
                features[size++] = features[k];
            }
        }
    }

    private void measure(EntityData from) {
        if (sums.length < size) {
            sums = new double[size];
            squares = new double[size];
            products = new double[size];
            strengths = new double[size];
        }
        Arrays.fill(sums, 0, size, 0);
        Arrays.fill(squares, 0, size, 0);
        Arrays.fill(products, 0, size, 0);
        double weights = 0;
        double labels = 0;
        double labelSquares = 0;
        for (int row = 0; row < from.rows(); row++) {
            double w = from.weights()[row];
            double y = from.labels()[row];
            weights += w;
            labels += w * y;
            labelSquares += w * y * y;
            for (int k = from.rowStarts()[row]; k < from.rowStarts()[row + 1]; k++) {
                int j = positionOf(from.indices()[k]);
                double x = from.values()[k];
                sums[j] += w * x;
                squares[j] += w * x * x;
                products[j] += w * x * y;
            }
        }
        double labelSpread = labelSquares - labels * labels / weights;
        for (int j = 0; j < size; j++) {
            double spread = squares[j] - sums[j] * sums[j] / weights;
            double together = products[j] - sums[j] * labels / weights;
            boolean varies = spread > 1e-12 * squares[j] && labelSpread > 0;
            strengths[j] = varies ? Math.abs(together) / Math.sqrt(spread * labelSpread) : 0;
        }
    }

    private int positionOf(int feature) {
        return Arrays.binarySearch(features, 0, size, feature);
    }
}
