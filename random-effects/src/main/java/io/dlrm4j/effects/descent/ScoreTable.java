package io.dlrm4j.effects.descent;

import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.effects.column.Columns;
import io.dlrm4j.effects.column.Doubles;
import io.dlrm4j.effects.column.Longs;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.evaluate.ScoredSamples;
import io.dlrm4j.effects.train.SampleScores;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What each coordinate says of each sample of a data set, in columns that lie where the caller wants them.
///
/// GDMix hands scores on as float32 ([Compat#GDMIX]); here they stay doubles.
public final class ScoreTable {
    private final Longs uids;
    private final Doubles labels;
    private final Doubles weights;
    private final Doubles offsets;
    private final Columns columns;
    private final UidIndex index;
    private final Map<String, Ints> groups = new LinkedHashMap<>();
    private final Map<String, Doubles> scores = new LinkedHashMap<>();
    private @Nullable ScoredSamples scored; // room for one evaluation after the other

    /// @param uids sample numbers, `[n]`, all different
    /// @param labels `[n]`
    /// @param weights `[n]`
    /// @param offsets what the samples came with, `[n]`
    /// @param columns take what is computed
    /// @throws IllegalArgumentException when lengths differ, or a uid is there twice
    /// @throws IOException when there is no room for a column
    public ScoreTable(Longs uids, Doubles labels, Doubles weights, Doubles offsets, Columns columns)
            throws IOException {
        long n = uids.length();
        if (labels.length() != n || weights.length() != n || offsets.length() != n) {
            throw new IllegalArgumentException("%d uids, %d labels, %d weights, %d offsets, want as many of each"
                    .formatted(n, labels.length(), weights.length(), offsets.length()));
        }
        this.uids = uids;
        this.labels = labels;
        this.weights = weights;
        this.offsets = offsets;
        this.columns = columns;
        this.index = new UidIndex(uids, columns);
    }

    /// Few samples, on the heap.
    ///
    /// @param kinds for evaluators: for each kind of entity the number of each sample's entity, `[n]`
    /// @return a table as the constructor makes it
    public static ScoreTable onHeap(
            long[] uids, double[] labels, double[] weights, double[] offsets, Map<String, int[]> kinds)
            throws IOException {
        ScoreTable table = new ScoreTable(
                Longs.of(uids), Doubles.of(labels), Doubles.of(weights), Doubles.of(offsets), Columns.onHeap());
        for (Map.Entry<String, int[]> kind : kinds.entrySet()) {
            Ints of = table.group(kind.getKey());
            for (int row = 0; row < uids.length; row++) {
                of.set(row, kind.getValue()[row]);
            }
        }
        return table;
    }

    /// @return number of samples
    public int rows() {
        return Math.toIntExact(uids.length());
    }

    /// @return a sample's number
    public long uid(int row) {
        return uids.get(row);
    }

    /// @return a sample's label
    public double label(int row) {
        return labels.get(row);
    }

    /// @return how much a sample counts
    public double weight(int row) {
        return weights.get(row);
    }

    /// A column for evaluators.
    ///
    /// @param kind of entity
    /// @return takes the number of each sample's entity, `[n]`
    public Ints group(String kind) throws IOException {
        Ints group = columns.ints(rows());
        groups.put(kind, group);
        return group;
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
    public Doubles scoresOf(String coordinate) throws IOException {
        Doubles of = scores.get(coordinate);
        if (of == null) {
            of = columns.doubles(rows());
            scores.put(coordinate, of);
        }
        return of;
    }

    /// @return offset and all coordinates together
    public double total(int row) {
        return sumWithout("", row);
    }

    /// @return offset and all coordinates together, `[n]`, a column of its own
    Doubles totals() throws IOException {
        Doubles totals = columns.doubles(rows());
        fillTotals(totals);
        return totals;
    }

    /// Writes offset and all coordinates together, `[n]`.
    void fillTotals(Doubles totals) {
        for (int row = 0; row < rows(); row++) {
            totals.set(row, total(row));
        }
    }

    /// @return all samples with their total scores, valid until the next call
    public ScoredSamples scored() throws IOException {
        ScoredSamples all = room();
        fillTotals(all.scores());
        return all;
    }

    /// @param of scores of the samples, `[n]`, such as those of another model
    /// @return all samples with them, valid until the next call
    public ScoredSamples scored(Doubles of) throws IOException {
        ScoredSamples all = room();
        return new ScoredSamples(of, labels, weights, groups, all.order(), all.room());
    }

    private ScoredSamples room() throws IOException {
        if (scored == null) {
            int n = rows();
            scored = new ScoredSamples(columns.doubles(n), labels, weights, groups, columns.ints(n), columns.ints(n));
        }
        return scored;
    }

    /// @param coordinate one of them
    /// @return offset and all other coordinates together
    double sumWithout(String coordinate, int row) {
        double sum = offsets.get(row);
        for (Map.Entry<String, Doubles> one : scores.entrySet()) {
            if (!one.getKey().equals(coordinate)) {
                sum += one.getValue().get(row);
            }
        }
        return sum;
    }

    /// The seam to a trainer: offsets of all other coordinates, and room for this one's scores.
    ///
    /// @param coordinate whose entities are trained
    /// @param compat float32 offsets under [Compat#GDMIX]
    /// @return which throws [IllegalArgumentException] for a uid that is not in the table
    SampleScores view(String coordinate, Compat compat) throws IOException {
        Doubles own = scoresOf(coordinate);
        return new SampleScores() {
            @Override
            public double offset(long uid, double ownOffset) {
                double sum = sumWithout(coordinate, rowOf(uid, coordinate));
                return compat == Compat.GDMIX ? (float) sum : sum;
            }

            @Override
            public void put(long uid, double score) {
                own.set(rowOf(uid, coordinate), score);
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
