/// The rules of the house, as tests: imports, fences, lengths, documents.
///
/// They live in the launcher because it sees every module. A violation names the rule, the place and the value.
@NullMarked
package io.dlrm4j.rules;

import org.jspecify.annotations.NullMarked;
