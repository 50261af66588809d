/// The neural network around the embedding tables, forward and backward: layers, MLPs, the interaction, the loss.
///
/// Read [io.dlrm4j.core.nn.Mlp] first. Imports `core.blas`, `core.kernel`, `core.engine` (for the layout of pooled
/// vectors), `core.memory` and `core.model`. Samples pass in blocks that fit the cache; outputs and the gradients by
/// them are allocated once; weights and their gradients are views of two flat buffers. One thread at a time. Proven by
/// `DenseGradientTest` (finite differences) and, within the engine, by `CpuDensePartTest` (DL4J on the same weights).
@NullMarked
package io.dlrm4j.core.nn;

import org.jspecify.annotations.NullMarked;
