package io.dlrm4j.testkit;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Batch;

/// Samples as [ReferenceDlrm] takes them.
public final class Samples {
    private final double[][] dense;
    private final int[][][] ids;
    private final double[] labels;

    /// @param dense features, `[samples][denseFeatures]`
    /// @param ids row numbers, `[tables][samples][ids of the bag]`
    /// @param labels 0 or 1, `[samples]`
    public Samples(double[][] dense, int[][][] ids, double[] labels) {
        this.dense = dense;
        this.ids = ids;
        this.labels = labels;
    }

    /// @param batch a batch of one rank, with the ids of all tables
    /// @param denseFeatures number of dense features
    /// @return a copy
    public static Samples of(Batch batch, int denseFeatures) {
        int count = batch.size();
        double[][] dense = new double[count][denseFeatures];
        double[] labels = new double[count];
        for (int s = 0; s < count; s++) {
            labels[s] = batch.labels().get(s);
            for (int j = 0; j < denseFeatures; j++) {
                dense[s][j] = batch.dense().get((long) s * denseFeatures + j);
            }
        }
        int[][][] ids = new int[batch.tables()][][];
        for (int t = 0; t < ids.length; t++) {
            ids[t] = bags(batch.bags(t));
        }
        return new Samples(dense, ids, labels);
    }

    private static int[][] bags(Bags bags) {
        int[][] all = new int[bags.count()][];
        for (int s = 0; s < all.length; s++) {
            int start = bags.start(s);
            int end = s + 1 < all.length ? bags.start(s + 1) : bags.idCount();
            all[s] = new int[end - start];
            for (int i = start; i < end; i++) {
                all[s][i - start] = bags.ids().get(i);
            }
        }
        return all;
    }

    /// @return number of samples
    public int count() {
        return labels.length;
    }

    /// @return features, `[samples][denseFeatures]`
    public double[][] dense() {
        return dense;
    }

    /// @return row numbers, `[tables][samples][ids of the bag]`
    public int[][][] ids() {
        return ids;
    }

    /// @return labels, `[samples]`
    public double[] labels() {
        return labels;
    }
}
