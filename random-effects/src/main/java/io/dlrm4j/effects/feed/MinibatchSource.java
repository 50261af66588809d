package io.dlrm4j.effects.feed;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.EntityData;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// Hands out samples of many entities in small batches, in the order in which they came.
public interface MinibatchSource extends Closeable {
    /// A batch.
    ///
    /// @param samples in their order; their entity's name is empty
    /// @param entities whose each sample is, `[n]`
    /// @param position behind the batch: from there the source goes on when it is opened anew
    record Minibatch(EntityData samples, List<String> entities, String position) {
        /// Copies the list.
        public Minibatch {
            entities = List.copyOf(entities);
        }
    }

    /// Waits for samples.
    ///
    /// @param most samples in the batch
    /// @param patience how long to wait for the first sample
    /// @return up to `most` samples, as many as are there; none when none came in time, or none will come
    /// @throws DataException naming file and record
    Minibatch next(int most, Duration patience) throws IOException;

    /// @return whether no sample will come any more
    boolean isExhausted();
}
