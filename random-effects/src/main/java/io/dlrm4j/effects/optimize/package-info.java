/// Minimizers of smooth convex functions, with nothing known about where the function comes from.
///
/// Read [io.dlrm4j.effects.optimize.SmoothFunction] first, then [io.dlrm4j.effects.optimize.Newton], which is the one
/// that most entities are solved by; [io.dlrm4j.effects.optimize.Lbfgs] takes many coefficients,
/// [io.dlrm4j.effects.optimize.OrthantWise] L1 penalties, [io.dlrm4j.effects.optimize.TrustRegion] many coefficients
/// with bad conditioning, [io.dlrm4j.effects.optimize.LaneNewton] several small functions at once. Each minimizer owns
/// its buffers, which grow and are reused: minimizing again allocates nothing. One thread at a time. Imports
/// `core.kernel` for the decomposition. Proven by `MinimizersTest`.
@NullMarked
package io.dlrm4j.effects.optimize;

import org.jspecify.annotations.NullMarked;
