package io.dlrm4j.shards;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.memory.Ints;
import java.util.SplittableRandom;

/// Ids, weights and gradients that depend on their place alone, so that every rank can make its part of them.
final class Clicks {
    private Clicks() {}

    /// Ids of one sample; one-hot tables have one, others none to their most, with repeats.
    static int[] ids(Schema schema, long seed, int table, int sample) {
        Schema.Table column = schema.tables().get(table);
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + table * 1009L + sample);
        int count = column.oneHot() ? 1 : random.nextInt(column.maxPooling() + 1);
        int[] ids = new int[count];
        for (int k = 0; k < count; k++) {
            // half of the lookups go to few rows, so that they repeat over samples and ranks
            long range = random.nextBoolean() ? Math.min(3, column.rows()) : column.rows();
            ids[k] = (int) random.nextLong(range);
        }
        return ids;
    }

    /// Fills the ids of all tables wanted.
    static void fill(Batch batch, Schema schema, int size, long seed) {
        batch.globalSize(size);
        for (int table = 0; table < batch.tables(); table++) {
            if (batch.has(table)) {
                fill(batch.bags(table), schema, table, size, seed);
            }
        }
    }

    private static void fill(Bags bags, Schema schema, int table, int size, long seed) {
        Ints starts = bags.starts();
        int at = 0;
        for (int sample = 0; sample < size; sample++) {
            if (starts != null) {
                starts.set(sample, at);
            }
            for (int id : ids(schema, seed, table, sample)) {
                bags.ids().set(at++, id);
            }
        }
        if (starts != null) {
            starts.set(size, at);
        }
        bags.count(size);
    }

    static float weight(int table, int row, int column) {
        return value(table * 7_919L + row * 31L + column);
    }

    static float gradient(int table, int sample, int column) {
        return value(-1 - (table * 7_919L + sample * 31L + column));
    }

    private static float value(long seed) {
        return (float) new SplittableRandom(seed).nextDouble(-1, 1);
    }
}
