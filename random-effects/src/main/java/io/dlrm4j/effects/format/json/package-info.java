/// Samples as JSON objects: one a line of a file, or one a message of a queue.
///
/// Read [io.dlrm4j.effects.format.json.JsonSample] first. Imports `data` and `format`. One thread at a time. Proven by
/// `JsonSamplesTest`.
@NullMarked
package io.dlrm4j.effects.format.json;

import org.jspecify.annotations.NullMarked;
