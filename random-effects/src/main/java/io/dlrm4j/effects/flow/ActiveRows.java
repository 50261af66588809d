package io.dlrm4j.effects.flow;

import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.train.ActiveSamples;
import java.util.Arrays;

/// Keeps at most `most` samples of an entity while it is read, so that one entity of any size fits into memory.
///
/// The same samples are kept as by [ActiveSamples#select], which needs them all at once.
///
/// Rows come in at the end of `kept`; when twice as many as wanted are there, those with the larger hashes go. What is
/// left in the end does not depend on when this happens.
final class ActiveRows {
    private final int most;
    private final EntityData spare = new EntityData();
    private long[] hashes = new long[0];

    ActiveRows(int most) {
        this.most = most;
    }

    /// To be called after each row.
    void prune(EntityData kept) {
        if (most > 0 && kept.rows() >= 2L * most) {
            keepSmallest(kept);
        }
    }

    /// To be called behind the entity's last row.
    ///
    /// @param rows how many came
    void finish(EntityData kept, long rows) {
        if (most == 0 || rows <= most) {
            return;
        }
        if (kept.rows() > most) {
            keepSmallest(kept);
        }
        double more = (double) rows / kept.rows();
        for (int row = 0; row < kept.rows(); row++) {
            kept.setWeight(row, kept.weights()[row] * more);
        }
    }

    private void keepSmallest(EntityData kept) {
        int rows = kept.rows();
        if (hashes.length < rows) {
            hashes = new long[rows];
        }
        for (int row = 0; row < rows; row++) {
            hashes[row] = hash(kept, row);
        }
        Arrays.sort(hashes, 0, rows);
        long last = hashes[most - 1];
        spare.begin(kept.entity());
        for (int row = 0; row < rows && spare.rows() < most; row++) {
            if (hash(kept, row) <= last) {
                spare.addRowOf(kept, row);
            }
        }
        kept.begin(kept.entity());
        for (int row = 0; row < spare.rows(); row++) {
            kept.addRowOf(spare, row);
        }
    }

    private static long hash(EntityData data, int row) {
        return ActiveSamples.hash(data.entity(), data.uids()[row]);
    }
}
