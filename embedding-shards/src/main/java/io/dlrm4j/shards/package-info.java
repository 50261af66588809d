/// The model-parallel half: which rank holds which rows, pooled lookups of all of them, and their update.
///
/// Tables are far larger than MLPs but a sample touches few rows, so tables are spread and MLPs are copied: each rank
/// looks up *its tables* for *all samples*, and computes *its samples* with *all tables*. Two exchanges a step turn one
/// view into the other. Read [io.dlrm4j.shards.ShardedTables] first.
///
/// ```
/// placement      rows of a table lie on         exchanged
/// table-wise     one rank                       pooled vectors there, their gradients back
/// row-wise       some ranks, a block on each    partial sums of samples that have rows there, gradients back
/// column-wise    some ranks, columns on each    parts of pooled vectors there, gradients back; with
///                                               row-wise Adagrad squares between owners
/// data-parallel  every rank                     gradients of the rows of the batch, summed over all ranks
///
/// startLookup   pool table by table ─▶ all-to-all, FORWARD  ══ bottom MLP ══▶ await
/// startUpdate   gradients ─▶ all-to-all, BACKWARD  ══ bottom MLP backward ══▶ await ─▶ update: rows move
/// ```
///
/// An owner sees the gradients of all samples in global order, already divided by the global batch, and applies its
/// update rule once; so any number of ranks gives the bits of one rank as long as the gradients have the same bits.
/// (Partial sums of row-wise tables, and gradients of data-parallel ones, are added in another order: there it is one
/// rank's to rounding, and the same number of ranks twice gives the same bits.)
/// Imports core and comm; memory comes from the caller's `OffHeap`; the rank's one thread calls everything. Proven by
/// `ShardedTablesTest`, `SpreadTablesTest`, `WireExchangeTest`, `ShardingPlannerTest`, `ShardingPlanTest`.
@NullMarked
package io.dlrm4j.shards;

import org.jspecify.annotations.NullMarked;
