/// Measurements with JMH; nobody imports them.
///
/// Run one with `benchmarks/jmh NAME`. Sizes are realistic (26 tables, width 16, batch 128 and 2,048), the result is
/// checked inside the benchmark, and what was fixed stands in the class comment. Whole-process comparisons are scripts
/// beside this module's pom. Results with machine, date and command are kept in `docs/results`.
@NullMarked
package io.dlrm4j.bench;

import org.jspecify.annotations.NullMarked;
