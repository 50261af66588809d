package io.dlrm4j.effects.solve;

import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.FeatureIndex;
import java.util.Arrays;

/// Numbers the features that one entity's samples have: 0, 1, 2 in the order of their numbers in the feature index, the
/// intercept before them where there is one. A model then has as many coefficients as its entity has features.
final class LocalFeatures {
    private int[] keys = new int[64]; // open addressing; a slot counts when its stamp is the current one
    private int[] locals = new int[64];
    private int[] stamps = new int[64];
    private int stamp;
    private int[] features = new int[16];
    private int[] order = {};
    private int[] rank = {};
    private int size;
    private int[] columns = {};
    private int entries;
    private int repeated; // entries of the first row, when all rows have the same and the others' columns are not there
    private boolean whole;
    private boolean intercept;

    /// Finds the features of all samples.
    ///
    /// @param withIntercept whether the intercept is one of them
    void bind(EntityData data, boolean withIntercept) {
        start(withIntercept);
        entries = data.entries();
        if (columns.length < entries) {
            columns = new int[Math.max(entries, columns.length + (columns.length >> 1))];
        }
        int[] indices = data.indices();
        int[] starts = data.rowStarts();
        repeated = isRepeated(data) ? starts[1] : 0;
        if (repeated > 0) { // as rows often are
            for (int k = 0; k < repeated; k++) {
                columns[k] = localOf(indices[k]);
            }
            return;
        }
        for (int row = 0; row < data.rows(); row++) {
            int start = starts[row];
            int end = starts[row + 1];
            int above = row == 0 ? start : starts[row - 1];
            if (Arrays.equals(indices, above, start, indices, start, end)) {
                System.arraycopy(columns, above, columns, start, end - start);
            } else {
                for (int k = start; k < end; k++) {
                    columns[k] = localOf(indices[k]);
                }
            }
        }
    }

    /// Whether all rows have the same features in the same order.
    private static boolean isRepeated(EntityData data) {
        int[] starts = data.rowStarts();
        int rows = data.rows();
        int each = rows == 0 ? 0 : starts[1];
        if (each == 0 || data.entries() != (long) rows * each) {
            return false;
        }
        for (int row = 1; row < rows; row++) {
            if (starts[row] != row * each) {
                return false;
            }
        }
        int entries = data.entries();
        return Arrays.equals(data.indices(), 0, entries - each, data.indices(), each, entries);
    }

    /// Adds the features of a prior that no sample has.
    void add(EntityModel prior) {
        for (int position = 0; position < prior.size(); position++) {
            if (prior.feature(position) != FeatureIndex.INTERCEPT) {
                localOf(prior.feature(position));
            }
        }
    }

    /// Brings features in order, after which [#columns] counts.
    void sort() {
        boolean ascending = true;
        int first = intercept ? 1 : 0;
        for (int j = first + 1; j < size && ascending; j++) {
            ascending = features[j] > features[j - 1];
        }
        whole = repeated > 0 && repeated == size - first && ascending;
        if (ascending) {
            return;
        }
        if (order.length < size) {
            order = new int[features.length];
            rank = new int[features.length];
        }
        System.arraycopy(features, 0, order, 0, size);
        Arrays.sort(order, first, size);
        for (int j = 0; j < size; j++) {
            rank[j] = Arrays.binarySearch(order, 0, size, features[j]);
        }
        System.arraycopy(order, 0, features, 0, size);
        int known = repeated > 0 ? repeated : entries;
        for (int k = 0; k < known; k++) {
            columns[k] = rank[columns[k]];
        }
    }

    /// @return whether every row has every feature once, in their order
    boolean isWhole() {
        return whole;
    }

    /// @return number of coefficients
    int size() {
        return size;
    }

    /// @return feature numbers, ascending; the first [#size] count
    int[] features() {
        return features;
    }

    /// @return for each entry of the data its feature's local number
    int[] columns() {
        if (repeated > 0) {
            for (int done = repeated; done < entries; done += done) {
                System.arraycopy(columns, 0, columns, done, Math.min(done, entries - done));
            }
            repeated = 0;
        }
        return columns;
    }

    private void start(boolean withIntercept) {
        intercept = withIntercept;
        size = 0;
        if (++stamp == 0) { // 2^32 entities: begin again
            Arrays.fill(stamps, 0);
            stamp = 1;
        }
        if (withIntercept) {
            features[size++] = FeatureIndex.INTERCEPT;
        }
    }

    private int localOf(int feature) {
        int mask = keys.length - 1;
        int slot = ((feature * 0x9E3779B9) >>> 8) & mask;
        while (stamps[slot] == stamp) {
            if (keys[slot] == feature) {
                return locals[slot];
            }
            slot = (slot + 1) & mask;
        }
        if (2 * size >= keys.length) {
            grow();
            return localOf(feature);
        }
        keys[slot] = feature;
        locals[slot] = size;
        stamps[slot] = stamp;
        if (size == features.length) {
            features = Arrays.copyOf(features, 2 * size);
        }
        features[size] = feature;
        return size++;
    }

    private void grow() {
        int room = 4 * keys.length;
        int[] oldKeys = keys;
        int[] oldLocals = locals;
        int[] oldStamps = stamps;
        keys = new int[room];
        locals = new int[room];
        stamps = new int[room];
        for (int old = 0; old < oldKeys.length; old++) {
            if (oldStamps[old] == stamp) {
                int slot = ((oldKeys[old] * 0x9E3779B9) >>> 8) & (room - 1);
                while (stamps[slot] == stamp) {
                    slot = (slot + 1) & (room - 1);
                }
                keys[slot] = oldKeys[old];
                locals[slot] = oldLocals[old];
                stamps[slot] = stamp;
            }
        }
    }
}
