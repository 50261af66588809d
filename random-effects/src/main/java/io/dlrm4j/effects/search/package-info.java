/// Chooses points of the unit cube to try next, given what the points before were worth.
///
/// Read [io.dlrm4j.effects.search.PointSearch] first. [io.dlrm4j.effects.search.SobolSearch] spreads points evenly,
/// [io.dlrm4j.effects.search.BayesianSearch] models the values by a Gaussian process and goes where it expects the
/// largest improvement. Deterministic from a seed. Imports `optimize` for its Cholesky decomposition. One thread at a
/// time. Proven by `PointSearchTest`.
@NullMarked
package io.dlrm4j.effects.search;

import org.jspecify.annotations.NullMarked;
