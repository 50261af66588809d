/// The Kaggle model as a libtorch user would write it, to measure against: [AutogradModel] and, as fast as is fair,
/// [ManualModel].
///
/// [LibtorchPeer] reads the batches, steps and windows of `io.dlrm4j.bench.peers`. Built and run by
/// `benchmarks/run-peers`; `benchmarks/run-peers --verify` proves that both models have the losses of our own step.
@NullMarked
package io.dlrm4j.peers;

import org.jspecify.annotations.NullMarked;
