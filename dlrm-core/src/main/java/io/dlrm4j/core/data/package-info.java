/// What one step eats: the schema, a batch, and where batches come from.
///
/// Read [io.dlrm4j.core.data.Batch] first. Imports `core.memory` alone. A batch is filled by one thread and read by
/// another after a hand-over; its memory belongs to the [io.dlrm4j.core.memory.OffHeap] it was made with. Ids are row
/// numbers already, checked by the source against the table's rows. Proven by `BatchTest`.
@NullMarked
package io.dlrm4j.core.data;

import org.jspecify.annotations.NullMarked;
