/// What a job tells while it runs and when it is done.
///
/// Read [io.dlrm4j.trainer.report.TrainListener] first. Imports `core.metric` and `core.config`; knows nothing of the
/// loop. Called by the loop's thread. Proven by `MetricsFileTest`.
@NullMarked
package io.dlrm4j.trainer.report;

import org.jspecify.annotations.NullMarked;
