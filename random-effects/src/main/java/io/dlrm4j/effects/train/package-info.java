/// Trains one model for each of any number of entities, in parallel and with bounded memory.
///
/// Read [io.dlrm4j.effects.train.RandomEffectTrainer] first: workers take blocks of entities from a source, fit them,
/// and hand models out in the source's order, so that one thread and many give the same bits.
/// [io.dlrm4j.effects.train.ActiveSamples] caps skewed entities without bias. Imports `effects.data` and
/// `effects.solve`. Memory: two blocks of samples a thread. Proven by `RandomEffectTrainerTest` and
/// `ActiveSamplesTest`.
@NullMarked
package io.dlrm4j.effects.train;

import org.jspecify.annotations.NullMarked;
