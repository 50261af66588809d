/// The engine `cuda`: NVIDIA cards of compute capability 8.0 and newer.
///
/// Read [io.dlrm4j.cuda.CudaStep] first: a whole training step of one rank as one CUDA graph on two streams,
/// the next batch travelling meanwhile. [io.dlrm4j.cuda.CudaDensePart] and [io.dlrm4j.cuda.CudaEmbeddingTable]
/// compute the same piece by piece behind the engine's seam, for several ranks; both enqueue the very same
/// [io.dlrm4j.cuda.DensePlan] and [io.dlrm4j.cuda.TablesPlan]. The kernels are one text, `dlrm.cu`, compiled
/// for the card that is present. Knows nothing of ranks and files of data. One thread, the one that opened the
/// engine.
///
/// Sums by atomic additions run in an order of the card's own, so two runs agree to rounding, not bit for bit.
///
/// Proven without a card: every kernel built for the host against double precision by `KernelsOnHostIT`, the
/// engine on a stand-in for NVIDIA's libraries that runs work in any order its streams and events allow by
/// `CudaEngineTest`, `CudaStepTest` and `PlantedFaultsTest`; what the compiler makes of the kernels by
/// `KernelsCompileIT`.
@NullMarked
package io.dlrm4j.cuda;

import org.jspecify.annotations.NullMarked;
