package io.dlrm4j.cuda;

import io.dlrm4j.cuda.api.Matrix;

/// How numbers lie on the card.
///
/// @param activations and their gradients
/// @param rows of tables; bfloat16 ones have no float copy and are rounded at random when they move
record Storage(Matrix.Type activations, Matrix.Type rows) {}
