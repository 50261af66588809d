/// A fixed effect and any number of random effects, trained in turn against each other's scores.
///
/// ```
/// logit(sample) = offset + fixed effect(sample) + Σ over effects e: model of the sample's entity in e (sample)
/// ```
///
/// Read [io.dlrm4j.effects.descent.CoordinateDescent] first. Names are those of the GLMix paper (Zhang et al. 2016). A
/// [io.dlrm4j.effects.descent.Coordinate] is scores from elsewhere (a DLRM's logits), a model of all samples, or a
/// random effect; [io.dlrm4j.effects.descent.ScoreTable] holds what each of them says of each sample.
/// [io.dlrm4j.effects.descent.Tuning] tries several regularizations on validation samples,
/// [io.dlrm4j.effects.descent.CrossFittedDescent] chooses them on training samples, so that no random effect does harm
/// behind a strong fixed effect. Imports `column`, `data`, `solve`, `train`,
/// `evaluate`, `search` of random effects. Memory: the models; 8 bytes a sample and coordinate in columns, which may be
/// mapped files. One thread, which starts those
/// of the trainers. Proven by `CoordinateDescentTest`, `CrossFittedDescentTest` and `MovieLensTest`.
@NullMarked
package io.dlrm4j.effects.descent;

import org.jspecify.annotations.NullMarked;
