/// Lambda Learner's text files, as its MovieLens example has them: samples of numbers, and coefficients.
///
/// ```
/// samples       TIME TAB LABEL TAB VALUE TAB VALUE …      value j is that of the feature (j, "")
/// coefficients  one number a line, the intercept's first
/// ```
///
/// Neither names its features: a feature's name is its place among the values, from 0. Read
/// [io.dlrm4j.effects.format.lambda.LambdaSamples] first. Imports `data` and `format`. One thread at a time. Proven by
/// `LambdaFilesTest`.
@NullMarked
package io.dlrm4j.effects.format.lambda;

import org.jspecify.annotations.NullMarked;
