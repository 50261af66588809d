/// Raw click logs to numbers: gzip, blocks of whole lines, fields; and where lines go that are none.
///
/// Read [io.dlrm4j.criteo.text.ParsedBlocks] first, then [io.dlrm4j.criteo.text.RowParser]. Imports `core.data` and
/// `criteo.store`.
/// A block of one megabyte is the unit: one thread reads, several parse, the caller receives the blocks in order.
/// Memory is bounded by the number of blocks, whatever the length of a line. Proven by `RowParserTest`,
/// `LineBlocksTest`, `LineCountTest` and, through `Prepare`, `QuarantineTest`.
@NullMarked
package io.dlrm4j.criteo.text;

import org.jspecify.annotations.NullMarked;
