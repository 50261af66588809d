/// The engine of plain INDArray operations: it computes on whatever ND4J backend is on the class path.
///
/// Read [io.dlrm4j.core.engine.nd4j.Nd4jEngine] first. Imports `core.engine`, `core.data`, `core.model`, `core.memory`.
/// Weights, tables and activations live in ND4J's memory, on the device if there is one, and are not counted by
/// [io.dlrm4j.core.memory.OffHeap]; only the flat host buffers of the seam are. Values cross between host and device
/// through data buffers, never by address. One thread at a time. Proven by `Nd4jEngineTest` here and, against the
/// double-precision model, by `EngineEqualsReferenceTest` in the testkit.
@NullMarked
package io.dlrm4j.core.engine.nd4j;

import org.jspecify.annotations.NullMarked;
