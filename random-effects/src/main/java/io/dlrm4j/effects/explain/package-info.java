/// Answers for people: what was trained for one entity and why it scores as it does, and what changes for somebody who
/// comes from an older system.
///
/// Read [io.dlrm4j.effects.explain.EntityExplanation] first. Plain text out of plain values; imports `data`, `solve`
/// and
/// `train` for their settings. Proven by `EntityExplanationTest`.
@NullMarked
package io.dlrm4j.effects.explain;

import org.jspecify.annotations.NullMarked;
