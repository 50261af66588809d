/// A whole training of random effects from files to files, as the command runs it.
///
/// Read [io.dlrm4j.effects.job.EffectsJob] first. [io.dlrm4j.effects.job.EffectsConfig] says what is trained on what,
/// [io.dlrm4j.effects.job.ModelFolder] is where models lie. Imports everything of random effects; nothing imports it.
/// Samples' labels, weights and scores are in mapped files ([io.dlrm4j.effects.column.Columns]), about 50 bytes a
/// sample and 8 more for each coordinate; features are never kept, except for those of a fixed effect.
/// [io.dlrm4j.effects.job.OnlineJob] learns from a feed into a store; [io.dlrm4j.effects.job.ExplainJob],
/// [io.dlrm4j.effects.job.MigrationJob], [io.dlrm4j.effects.job.ExplorationJob],
/// [io.dlrm4j.effects.job.GdmixExport], [io.dlrm4j.effects.job.PhotonExport] and [io.dlrm4j.effects.job.ModelExport]
/// are the other commands. Proven by `EffectsJobTest`, `LayoutsTest`, `PhotonLayoutsTest`, `LambdaFilesTest`,
/// `SampleInputsTest`, `NeuralLinearTest`, `BoundedMemoryTest`, `OnlineJobTest` and `ExplorationJobTest`.
@NullMarked
package io.dlrm4j.effects.job;

import org.jspecify.annotations.NullMarked;
