/// The whole step beside its peers: `benchmarks/run-peers`.
///
/// [PeerRuns] is the harness. It writes the same batches for every side ([GenerateBatches]), starts each side as
/// processes of its own, round by round, and writes what came of it ([Summary], [ResultFiles]). The sides are our own
/// step ([StepRunner]) and collectives ([CollectiveRunner]) and the programs under `benchmarks/peers` and
/// `benchmarks/pytorch`; every one of them reads [BatchFile]s and measures by the rule of [StepWindows].
/// [SideOptions], [BatchFile] and [StepWindows] need nothing but the JDK, because the libtorch peers use them on a
/// class
/// path of their own. `BatchFileTest` proves what is in the batches, `StepWindowsTest` the rule, `SummaryTest` the
/// medians, ratios and bars.
@NullMarked
package io.dlrm4j.bench.peers;

import org.jspecify.annotations.NullMarked;
