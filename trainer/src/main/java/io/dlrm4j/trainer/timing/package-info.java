/// Where the time of a step goes: sums for a profile, and a timeline that shows what runs at the same time.
///
/// Read [io.dlrm4j.trainer.timing.StepTimes] first. One call of the clock at each change of phase, always; events are
/// kept only where a timeline is asked for, in arrays made before the first step. Imports core's names of phases and
/// comm; knows nothing of the loop. The thread of the step calls everything but what is marked as the reader's. Proven
/// by `StepTimesTest`, `ChromeTraceTest` and, on ranks that train, `TimelineIT`.
@NullMarked
package io.dlrm4j.trainer.timing;

import org.jspecify.annotations.NullMarked;
