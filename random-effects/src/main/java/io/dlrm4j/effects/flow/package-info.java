/// Samples to entities: scores joined with features, grouped by entity by the embedded engine, out of core.
///
/// ```
/// scores (uid, logit) ──┐
/// Parquet, CSV ─────────┼─▶ DuckDB: join on uid, sort by (entity, uid), spilling to disk ─▶ entity after entity
/// Avro, TFRecord, text ─┘   (read by us, appended to a table of the same database)
/// ```
///
/// Read [io.dlrm4j.effects.flow.EntityFlow] first. Imports `data`, `format` and the choice of samples of `train`. The
/// database is a file in a folder of
/// its own, deleted at the end; nothing is fetched from anywhere. One thread a stream; the engine has its own. Proven
/// by `EntityFlowTest`, `EntityFlowReadersTest`, `TableSamplesTest` and `ActiveRowsTest`.
@NullMarked
package io.dlrm4j.effects.flow;

import org.jspecify.annotations.NullMarked;
