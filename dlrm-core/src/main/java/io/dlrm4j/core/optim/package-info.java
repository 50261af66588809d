/// How fast a model learns: the learning rate of each step.
///
/// Read [io.dlrm4j.core.optim.LearningRate] first. The update rules themselves belong to the engines
/// ([io.dlrm4j.core.engine.UpdateRule]). Imports `core.config`. No threads, no state, no memory. Proven by
/// `LearningRateTest`, which replays the recorded rates of the reference implementation.
@NullMarked
package io.dlrm4j.core.optim;

import org.jspecify.annotations.NullMarked;
