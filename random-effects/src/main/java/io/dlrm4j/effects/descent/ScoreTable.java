package io.dlrm4j.effects.descent;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.evaluate.ScoredSamples;
import io.dlrm4j.effects.train.SampleScores;
import java.util.LinkedHashMap;
import java.util.Map;

/// What each coordinate says of each sample of a data set.
///
/// GDMix hands scores on as float32 ([Compat#GDMIX]); here they stay doubles.
public final class ScoreTable {
    private final long[] uids;
    private final double[] labels;
    private final double[] weights;
    private final double[] offsets;
    private final Map<String, int[]> groups;
    private final UidIndex index;
    private final Map<String, double[]> scores = new LinkedHashMap<>();

    /// @param uids sample numbers, `[n]`, all different
    /// @param labels `[n]`
    /// @param weights `[n]`
    /// @param offsets what the samples came with, `[n]`
    /// @param groups for evaluators: for each kind of entity the number of each sample's entity, `[n]`
    /// @throws IllegalArgumentException when lengths differ, or a uid is there twice
    public ScoreTable(long[] uids, double[] labels, double[] weights, double[] offsets, Map<String, int[]> groups) {
        if (labels.length != uids.length || weights.length != uids.length || offsets.length != uids.length) {
            throw new IllegalArgumentException("%d uids, %d labels, %d weights, %d offsets, want as many of each"
                    .formatted(uids.length, labels.length, weights.length, offsets.length));
        }
        this.uids = uids;
        this.labels = labels;
        this.weights = weights;
        this.offsets = offsets;
        this.groups = Map.copyOf(groups);
        this.index = new UidIndex(uids);
    }

    /// @return number of samples
    public int rows() {
        return uids.length;
    }

    /// @return a sample's number
    public long uid(int row) {
        return uids[row];
    }

    /// @return a sample's label
    public double label(int row) {
        return labels[row];
    }

    /// @return how much a sample counts
    public double weight(int row) {
        return weights[row];
    }

    /// @param kinds for evaluators: for each kind of entity the number of each sample's entity, `[n]`
    /// @return the same samples, no coordinate scored
    public ScoreTable withGroups(Map<String, int[]> kinds) {
        return new ScoreTable(uids, labels, weights, offsets, kinds);
    }

    /// @return the row of a sample
    /// @throws IllegalArgumentException when there is none
    public int rowOf(long uid) {
        int row = index.rowOf(uid);
        if (row < 0) {
            throw new IllegalArgumentException("no sample has uid %d".formatted(uid));
        }
        return row;
    }

    /// @return what a coordinate says of each sample, `[n]`, zeros before it was trained; this table's own
    public double[] scoresOf(String coordinate) {
        return scores.computeIfAbsent(coordinate, _ -> new double[uids.length]);
    }

    /// @return offset and all coordinates together, `[n]`
    public double[] totals() {
        return sumWithout("");
    }

    /// @return all samples with their total scores
    public ScoredSamples scored() {
        return scored(totals());
    }

    /// @param of scores of the samples, `[n]`, such as those of another model
    /// @return all samples with them
    public ScoredSamples scored(double[] of) {
        return new ScoredSamples(of, labels, weights, groups);
    }

    /// @param coordinate one of them
    /// @return offset and all other coordinates together, `[n]`
    double[] sumWithout(String coordinate) {
        double[] sum = offsets.clone();
        scores.forEach((name, of) -> {
            if (!name.equals(coordinate)) {
                for (int row = 0; row < sum.length; row++) {
                    sum[row] += of[row];
                }
            }
        });
        return sum;
    }

    /// The seam to a trainer: offsets of all other coordinates, and room for this one's scores.
    ///
    /// @param coordinate whose entities are trained
    /// @param compat float32 offsets under [Compat#GDMIX]
    /// @return which throws [IllegalArgumentException] for a uid that is not in the table
    SampleScores view(String coordinate, Compat compat) {
        double[] others = sumWithout(coordinate);
        double[] own = scoresOf(coordinate);
        return new SampleScores() {
            @Override
            public double offset(long uid, double ownOffset) {
                double sum = others[rowOf(uid, coordinate)];
                return compat == Compat.GDMIX ? (float) sum : sum;
            }

            @Override
            public void put(long uid, double score) {
                own[rowOf(uid, coordinate)] = score;
            }
        };
    }

    private int rowOf(long uid, String coordinate) {
        int row = index.rowOf(uid);
        if (row < 0) {
            throw new IllegalArgumentException(
                    "coordinate %s: a sample has uid %d, which no score has; want the same samples everywhere"
                            .formatted(coordinate, uid));
        }
        return row;
    }
}
