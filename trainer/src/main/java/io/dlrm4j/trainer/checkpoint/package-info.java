/// Checkpoints: a folder a step, safetensors files with checked blocks, a manifest written last.
///
/// Read [io.dlrm4j.trainer.checkpoint.CheckpointStore] first, then [io.dlrm4j.trainer.checkpoint.CheckpointFolder] for
/// the layout on disk. What is promised: a checkpoint is whole or not there; it is found by looking, not by a pointer;
/// any number of ranks reads what any number wrote; a damaged one is named and skipped; nothing in a manifest leads
/// out of its folder.
///
/// Imports `core` and `comm`; knows nothing of the loop. Rows stream through two buffers of 4 MiB, so a table may be of
/// any size. Called by the thread that owns the communicator. Proven by `BlockFileTest`, `ManifestFileTest`
/// and `TensorEntryTest`.
@NullMarked
package io.dlrm4j.trainer.checkpoint;

import org.jspecify.annotations.NullMarked;
