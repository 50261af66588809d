/// Joins the halves: the step, the loop around it, evaluation, scores, and the three jobs a person can start.
///
/// Read [io.dlrm4j.trainer.HybridStep] first, then [io.dlrm4j.trainer.Trainer] for the order of step, checkpoint and
/// evaluation. A resumed job continues at the step, and so at the sample, where its checkpoint was written; the same
/// number of ranks gives the same bits as never having stopped.
///
/// Imports every module but the launcher. All memory of a rank belongs to one `OffHeap`, freed when its job ends. The
/// thread that runs a job owns the communicator; one more thread reads ahead (`feed`). Proven by `GoldenIT` (recorded
/// runs of the reference implementation), `SameForAnyRanksIT`, `ResumeIT`, and `CriteoSampleIT` on real clicks.
@NullMarked
package io.dlrm4j.trainer;

import org.jspecify.annotations.NullMarked;
