/// From click logs to batches: raw lines or a generator write a prepared folder, and batches are read from it.
///
/// ```
/// raw lines ── Prepare ──┐
///                        ├─▶ prepared folder ── PreparedData ──▶ BatchSource
/// seed ── GenerateClicks ┘
/// ```
///
/// Read [io.dlrm4j.criteo.PreparedData] first, then [io.dlrm4j.criteo.Prepare]. Imports `core.data` and `core.memory`;
/// knows nothing of models and ranks. `Prepare` and `GenerateClicks` start threads and end them before they return.
/// Proven by `GoldenPrepareTest` against recorded runs of the reference, and by round trips of generated files.
@NullMarked
package io.dlrm4j.criteo;

import org.jspecify.annotations.NullMarked;
