package io.dlrm4j.core.data;

import io.dlrm4j.core.memory.Ints;
import org.jspecify.annotations.Nullable;

/// The ids of one table for the samples of a global batch, grouped by sample; filled anew for each batch.
///
/// ```
/// one-hot      sample i has the one id ids[i]; starts is null
/// multi-hot    sample i has ids[starts[i] .. starts[i + 1]), possibly none, possibly repeated
/// ```
public final class Bags {
    private final Ints ids;
    private final @Nullable Ints starts;
    private int count;

    /// @param ids room for the ids of the largest batch
    /// @param starts room for one more entry than samples, or null for one-hot
    public Bags(Ints ids, @Nullable Ints starts) {
        this.ids = ids;
        this.starts = starts;
    }

    /// @return the number of samples
    public int count() {
        return count;
    }

    /// Sets the number of samples; the ids (and starts) of all of them must have been written.
    public void count(int samples) {
        this.count = samples;
    }

    /// @return the row numbers, of which the first [#idCount] count
    public Ints ids() {
        return ids;
    }

    /// @return for multi-hot the first id of each sample and one closing entry; null for one-hot
    public @Nullable Ints starts() {
        return starts;
    }

    /// @return the number of ids of all samples
    public int idCount() {
        return starts == null ? count : starts.get(count);
    }

    /// @return the position in `ids` of the first id of `sample`
    public int start(int sample) {
        return starts == null ? sample : starts.get(sample);
    }
}
