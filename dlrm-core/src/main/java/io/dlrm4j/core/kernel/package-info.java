/// The inner loops, each twice: plain Java that anyone can check, and the Vector API.
///
/// The only package that touches `jdk.incubator.vector`, which is an incubator module and may change. A kernel
/// interface has two implementations and a `best()` that chooses once: vectors where the processor has at least 256
/// bits, else plain loops. A parity test compares the two for awkward sizes. Kernels allocate nothing, own nothing, and
/// may be called by any thread. To add one: interface method with Javadoc, scalar twin, vector version, parity test,
/// benchmark.
@NullMarked
package io.dlrm4j.core.kernel;

import org.jspecify.annotations.NullMarked;
