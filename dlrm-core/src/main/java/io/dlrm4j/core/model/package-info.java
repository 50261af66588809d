/// What a model is, before anything computes it: shapes, parameters by name, initial weights.
///
/// Read [io.dlrm4j.core.model.DlrmShape] first. Imports `core.config` and `core.memory`. No threads, no state.
/// Proven by `DlrmShapeTest` and `InitialWeightsTest`.
@NullMarked
package io.dlrm4j.core.model;

import org.jspecify.annotations.NullMarked;
