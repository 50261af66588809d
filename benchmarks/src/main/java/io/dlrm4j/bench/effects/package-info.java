/// Our sides of the measurements under `benchmarks/effects`: programs, not JMH, because the other side is Python.
@NullMarked
package io.dlrm4j.bench.effects;

import org.jspecify.annotations.NullMarked;
