/// The seam behind which a rank computes: the dense part (both MLPs, interaction, loss) and the embedding tables.
///
/// Read [io.dlrm4j.core.engine.Engine] first. An engine knows nothing of ranks: it is told how many samples are here
/// and by how much the loss's gradient is scaled. Memory comes from the caller's [io.dlrm4j.core.memory.OffHeap].
/// One thread calls; the engine's own threads meet it inside a call ([io.dlrm4j.core.engine.Crew], `CrewTest`). Every
/// engine is tested against the double-precision `ReferenceDlrm` of the testkit and the
/// recorded runs of the reference implementation.
@NullMarked
package io.dlrm4j.core.engine;

import org.jspecify.annotations.NullMarked;
