package io.dlrm4j.shards;

/// How one table is spread over the ranks.
public sealed interface Placement permits TableWise, RowWise, ColumnWise, DataParallel {}
