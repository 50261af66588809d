/// A whole training of random effects from files to files, as the command runs it.
///
/// Read [io.dlrm4j.effects.job.EffectsJob] first. [io.dlrm4j.effects.job.EffectsConfig] says what is trained on what,
/// [io.dlrm4j.effects.job.ModelFolder] is where models lie. Imports everything of random effects; nothing imports it.
/// Samples' labels, weights and scores are in memory, about 60 bytes a sample and 8 more for each coordinate; features
/// are not, except for those of a fixed effect. Proven by `EffectsJobTest`.
@NullMarked
package io.dlrm4j.effects.job;

import org.jspecify.annotations.NullMarked;
