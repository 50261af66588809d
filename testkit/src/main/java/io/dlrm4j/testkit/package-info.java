/// What tests of all modules share: the model in double precision, batches in memory, leak checks, what every
/// engine must pass, and a stand-in for a graphics card.
///
/// Read [io.dlrm4j.testkit.ReferenceDlrm] first. For tests alone: everything here is written to be read, not
/// to be fast, and lives on the heap. Imports `dlrm-core` and `comm`. Proven by `ReferenceDlrmTest` against
/// finite differences and the recorded runs of the reference implementation.
@NullMarked
package io.dlrm4j.testkit;

import org.jspecify.annotations.NullMarked;
