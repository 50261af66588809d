package io.dlrm4j.shards;

import io.dlrm4j.core.engine.EmbeddingTable;

/// One shard of this rank and its rows, for initialisation and checkpoints; row `r` of the rows is row
/// `spec.firstRow() + r` of the table.
///
/// @param spec which part of which table
/// @param rows weights and optimizer state
public record Shard(ShardSpec spec, EmbeddingTable rows) {}
