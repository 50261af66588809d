/// Off-heap memory and who owns it.
///
/// Read [io.dlrm4j.core.memory.OffHeap] first: it owns, the views ([io.dlrm4j.core.memory.Floats],
/// [io.dlrm4j.core.memory.Ints]) never do. Imports nothing of the project. All values are little-endian, all
/// allocations aligned to 64 bytes; a view is valid until its owner is closed. Any thread may read and write; who
/// writes when is the caller's affair. Proven by `OffHeapTest`.
@NullMarked
package io.dlrm4j.core.memory;

import org.jspecify.annotations.NullMarked;
