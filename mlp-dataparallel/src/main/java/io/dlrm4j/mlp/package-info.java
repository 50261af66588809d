/// The data-parallel half: both MLPs are copied to every rank and stay equal, because every rank adds the same
/// sum of gradients to the same weights in the same order.
///
/// Read [io.dlrm4j.mlp.GradientBuckets] first. Buckets are cut back to front, in the order in which backward
/// finishes:
///
/// ```
/// flat gradients   | bot.0 | bot.1 | ... | top.0      | top.1 | top.2 |
/// buckets          |  2          |  1                |  0            |
/// backward         <------------------------------------------------- starts here
/// all-reduce       bucket 0 travels while the layers of bucket 1 are computed, and so on
/// ```
///
/// A bucket travels as [io.dlrm4j.mlp.SumFormat] says: as floats in one all-reduce, packed in two stages, or only
/// the largest gradients. Imports core and `comm`; buckets are views of the engine's gradient buffer, memory for
/// what travels comes from the caller's `OffHeap`. One thread, the one that owns the communicator.
/// [io.dlrm4j.mlp.ReplicaCheck] proves at run time that copies are equal; `GradientBucketsTest`, `WireSumsTest`
/// and `ReplicaCheckTest` prove them.
@NullMarked
package io.dlrm4j.mlp;

import org.jspecify.annotations.NullMarked;
