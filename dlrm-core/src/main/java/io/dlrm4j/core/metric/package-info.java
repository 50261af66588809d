/// How good a model's scores are.
///
/// Read [io.dlrm4j.core.metric.ScoreCollector] first: it takes scores block by block and ends as
/// [io.dlrm4j.core.metric.BinaryMetrics]. Imports `core.memory` alone. Four bytes of heap a sample; one thread at a
/// time. Proven by `ScoreCollectorTest` against counting all pairs.
@NullMarked
package io.dlrm4j.core.metric;

import org.jspecify.annotations.NullMarked;
