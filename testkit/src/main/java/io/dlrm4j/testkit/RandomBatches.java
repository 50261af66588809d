package io.dlrm4j.testkit;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.memory.Ints;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Samples in memory, from a seed or from given arrays.
public final class RandomBatches implements BatchSource {
    private final Schema schema;
    private final float[] dense;
    private final float[] labels;
    private final int[][] ids;
    private final int[] @Nullable [] starts;

    /// @param schema the columns
    /// @param dense features, `[samples, denseFeatures]`
    /// @param labels 0 or 1, `[samples]`
    /// @param ids for each table the ids of all samples, one after another
    /// @param starts for each multi-hot table where each sample's ids start, and a closing entry, `[samples + 1]`;
    ///     null for one-hot tables
    public RandomBatches(Schema schema, float[] dense, float[] labels, int[][] ids, int[] @Nullable [] starts) {
        this.schema = schema;
        this.dense = dense.clone();
        this.labels = labels.clone();
        this.ids = ids.clone();
        this.starts = starts.clone();
        require(dense.length == labels.length * schema.denseFeatures(), "dense", dense.length);
        for (int t = 0; t < ids.length; t++) {
            int[] start = starts[t];
            require((start == null) == schema.tables().get(t).oneHot(), "starts of table", t);
            require(start == null || start.length == labels.length + 1, "starts of table", t);
            require(ids[t].length == (start == null ? labels.length : start[labels.length]), "ids of table", t);
        }
    }

    private static void require(boolean ok, String what, int value) {
        if (!ok) {
            throw new IllegalArgumentException("%s %d does not fit the schema and the labels".formatted(what, value));
        }
    }

    /// @param seed chooses the samples
    /// @param rows rows of each table
    /// @return samples with one id in each table; small ids are frequent, so that they repeat within a batch
    public static RandomBatches oneHot(long seed, int samples, int denseFeatures, long... rows) {
        return random(seed, samples, denseFeatures, 1, rows);
    }

    /// @param seed chooses the samples
    /// @param maxPooling 2 or more
    /// @param rows rows of each table
    /// @return samples with 0 to `maxPooling` ids in each table, repeated ones among them
    public static RandomBatches multiHot(long seed, int samples, int denseFeatures, int maxPooling, long... rows) {
        return random(seed, samples, denseFeatures, maxPooling, rows);
    }

    private static RandomBatches random(long seed, int samples, int denseFeatures, int maxPooling, long... rows) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Schema.Table> tables = new ArrayList<>();
        int[][] ids = new int[rows.length][];
        int[] @Nullable [] starts = new int[rows.length][];
        for (int t = 0; t < rows.length; t++) {
            Schema.Table table = new Schema.Table("C" + (t + 1), rows[t], maxPooling);
            tables.add(table);
            int[] start = new int[samples + 1];
            for (int s = 0; s < samples; s++) {
                start[s + 1] = start[s] + (table.oneHot() ? 1 : random.nextInt(maxPooling + 1));
            }
            starts[t] = table.oneHot() ? null : start;
            ids[t] = new int[start[samples]];
            for (int i = 0; i < ids[t].length; i++) {
                double u = random.nextDouble();
                ids[t][i] = (int) (u * u * rows[t]);
            }
        }
        float[] dense = new float[samples * denseFeatures];
        for (int i = 0; i < dense.length; i++) {
            dense[i] = (float) Math.log1p(10 * random.nextDouble());
        }
        float[] labels = new float[samples];
        for (int s = 0; s < samples; s++) {
            boolean likely = denseFeatures > 0 && dense[s * denseFeatures] > 1.8;
            labels[s] = random.nextDouble() < (likely ? 0.7 : 0.2) ? 1 : 0;
        }
        return new RandomBatches(new Schema(denseFeatures, tables), dense, labels, ids, starts);
    }

    @Override
    public Schema schema() {
        return schema;
    }

    @Override
    public long samples() {
        return labels.length;
    }

    @Override
    public void read(long first, int count, Batch into) {
        if (first < 0 || first + count > labels.length) {
            throw new DataException(
                    "samples %d to %d, want within 0 to %d".formatted(first, first + count, labels.length));
        }
        into.globalSize(count);
        int local = (int) first + into.from();
        int width = schema.denseFeatures();
        copy(dense, local * width, into.dense().segment(), into.size() * width);
        copy(labels, local, into.labels().segment(), into.size());
        for (int t = 0; t < ids.length; t++) {
            if (into.has(t)) {
                readBags(t, (int) first, count, into.bags(t));
            }
        }
    }

    private void readBags(int table, int first, int count, Bags into) {
        int[] start = starts[table];
        int from = start == null ? first : start[first];
        int to = start == null ? first + count : start[first + count];
        MemorySegment.copy(ids[table], from, into.ids().segment(), JAVA_INT_UNALIGNED, 0, to - from);
        Ints intoStarts = into.starts();
        if (start != null && intoStarts != null) {
            for (int s = 0; s <= count; s++) {
                intoStarts.set(s, start[first + s] - from);
            }
        }
        into.count(count);
    }

    private static void copy(float[] source, int from, MemorySegment target, int count) {
        MemorySegment.copy(source, from, target, JAVA_FLOAT_UNALIGNED, 0, count);
    }

    /// Does nothing: the arrays belong to the garbage collector.
    @Override
    public void close() {}
}
