/// What the loop is fed with: which samples a step takes, and the next batch read ahead.
///
/// Read [io.dlrm4j.trainer.feed.Schedule] first. Imports `core.data` and `core.config`. The only threads of the
/// trainer are started here, one reader a job; it is the only one that uses the source, and writes to a batch only
/// while the trainer does not have it. Proven by `ScheduleTest` and `PrefetchTest`.
@NullMarked
package io.dlrm4j.trainer.feed;

import org.jspecify.annotations.NullMarked;
