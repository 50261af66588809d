/// Fits the generalized linear model of one entity.
///
/// Read [io.dlrm4j.effects.solve.Solver] first. With margins `z_i = θ·x_i + b + offset_i` it minimizes
///
/// ```
/// Σ w_i loss(z_i, y_i)  +  ½ Σ p_j (θ_j - m_j)²  +  ½ (θ - m)ᵀ P (θ - m)  +  l1 Σ |θ_j|
/// ```
///
/// where `p` is the L2 penalty and `m`, `P` a prior where there is one. Trainers use
/// [io.dlrm4j.effects.solve.BatchSolver], which solves small entities side by side in the lanes of vectors, several
/// times as fast. Imports `effects.data` and `effects.optimize`.
/// A solver belongs to one thread; its buffers grow to the largest entity and are reused, so solving allocates
/// nothing. Proven by `LossTest` (finite differences), `SolverTest` (R's coefficients and variances for heart.txt) and
/// `BatchSolverTest` (an entity's bits do not depend on its neighbours).
@NullMarked
package io.dlrm4j.effects.solve;

import org.jspecify.annotations.NullMarked;
