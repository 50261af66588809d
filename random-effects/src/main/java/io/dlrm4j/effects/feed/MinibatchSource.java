package io.dlrm4j.effects.feed;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.online.OnlineEffects.KindBatch;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// Hands out samples of many entities in small batches, in the order in which they came.
public interface MinibatchSource extends Closeable {
    /// A batch.
    ///
    /// @param kinds the same samples in the same order as each kind of entity sees them: its own ids and features
    /// @param position behind the batch: from there the source goes on when it is opened anew
    record Minibatch(List<KindBatch> kinds, String position) {
        /// Copies the list.
        public Minibatch {
            kinds = List.copyOf(kinds);
        }

        /// @return number of samples
        public int rows() {
            return kinds.getFirst().samples().rows();
        }
    }

    /// Waits for samples.
    ///
    /// @param most samples in the batch
    /// @param patience how long to wait for the first sample
    /// @return up to `most` samples, as many as are there; none when none came in time, or none will come
    /// @throws DataException naming file and record
    Minibatch next(int most, Duration patience) throws IOException;
}
