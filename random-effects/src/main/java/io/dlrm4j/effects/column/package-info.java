/// Numbers of all samples, one of each, in files that are mapped into memory: the operating system keeps what is in use
/// and writes the rest to disk, so that neither the heap nor memory of ours grows with the samples.
///
/// Read [io.dlrm4j.effects.column.Columns] first, which makes them. Imports `core.memory`. Any thread; different rows
/// may be written at once. Proven by `ColumnsTest`, and under a small heap by `BoundedMemoryTest`.
@NullMarked
package io.dlrm4j.effects.column;

import org.jspecify.annotations.NullMarked;
