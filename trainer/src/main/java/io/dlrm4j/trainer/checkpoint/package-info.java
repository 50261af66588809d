/// Checkpoints: a folder a step, safetensors files with checked blocks, a manifest written last.
///
/// Read [io.dlrm4j.trainer.checkpoint.CheckpointSaver] first, then [io.dlrm4j.trainer.checkpoint.CheckpointStore] for
/// finding and restoring, and [io.dlrm4j.trainer.checkpoint.CheckpointFolder] for the layout on disk. What is promised
/// stands in docs/help/checkpoints.md: a checkpoint is whole or not there; it is found by looking, not by a pointer;
/// any
/// number of ranks reads what any number wrote; a damaged one is named and skipped; nothing in a manifest leads out of
/// its folder.
///
/// Imports `core` and `comm`, and of `embedding-shards` the plan, to reshard; knows nothing of the loop. Rows stream
/// through two buffers of 4 MiB, or, asynchronously, from a copy of a rank's part. Called by the thread that owns the
/// communicator; one more thread waits for the disk. Everything that changes a disk goes through `Disk`. Proven by
/// `BlockFileTest`, `ManifestFileTest`, `TensorEntryTest`, `CrashTest`, `DamageTest`, `DiskFaultsTest`,
/// `IncrementalTest`, `CheckpointFolderTest` and `ModelExportTest`.
@NullMarked
package io.dlrm4j.trainer.checkpoint;

import org.jspecify.annotations.NullMarked;
