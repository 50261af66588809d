/// The engine `cpu`: this project's kernels train the MLPs where they lie; DL4J's networks over the same memory
/// are made when asked for.
///
/// Read [io.dlrm4j.core.engine.cpu.CpuEngine] first, then [io.dlrm4j.core.engine.cpu.CpuDensePart] and
/// [io.dlrm4j.core.engine.cpu.CpuEmbeddingTable]. Imports `core.nn`, `core.blas`, `core.kernel`, `core.engine`,
/// `core.data`, `core.memory`, `core.model` and DL4J. All buffers come from the caller's
/// [io.dlrm4j.core.memory.OffHeap] and are allocated when a part is made; a step allocates nothing.
/// Threads are the engine's [io.dlrm4j.core.engine.Crew]; each takes its share of the samples. Proven by
/// `CpuDensePartTest` (DL4J's own output on the same weights), `DenseGradientTest` (finite differences),
/// `CpuThreadsTest` (any number of threads computes the
/// same), `CpuEmbeddingTableTest` (a table written down naively) and `CpuAllocationTest`.
@NullMarked
package io.dlrm4j.core.engine.cpu;

import org.jspecify.annotations.NullMarked;
