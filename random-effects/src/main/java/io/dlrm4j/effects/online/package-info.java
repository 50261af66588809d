/// Models that learn from every few samples, as Lambda Learner does: the belief about coefficients after one batch is
/// the prior of the next.
///
/// Read [io.dlrm4j.effects.online.SequentialUpdate] first. A [io.dlrm4j.effects.online.Posterior] is the belief, means
/// and precisions; [io.dlrm4j.effects.online.OnlineEffects] updates several kinds of entities from one batch;
/// [io.dlrm4j.effects.online.ThompsonSampling] acts on a belief and [io.dlrm4j.effects.online.PolicyEvaluation] asks
/// what another policy would have earned. Imports `data`, `solve` and `optimize`. Where posteriors are kept is not
/// known here ([io.dlrm4j.effects.online.PosteriorStore]). One thread at a time. Proven by `SequentialUpdateTest`,
/// `LambdaLearnerTest`, `ThompsonSamplingTest` and `PolicyEvaluationTest`.
@NullMarked
package io.dlrm4j.effects.online;

import org.jspecify.annotations.NullMarked;
