/// How good scores are: over all samples, or entity by entity.
///
/// Read [io.dlrm4j.effects.evaluate.Evaluator] first. All are weighted; Photon's are partly not, which
/// [io.dlrm4j.effects.data.Compat#PHOTON] reproduces. Weighted metrics of scores in double precision are what
/// `core.metric` does not have: its collector takes unweighted floats. Imports `effects.column`, `effects.data` and
/// `effects.solve`. Any thread. Proven by `EvaluatorTest` against counting all pairs.
@NullMarked
package io.dlrm4j.effects.evaluate;

import org.jspecify.annotations.NullMarked;
