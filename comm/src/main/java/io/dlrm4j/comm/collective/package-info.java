/// How an operation becomes frames: one queue a lane, three algorithms, nothing that waits but `await`.
///
/// Read [io.dlrm4j.comm.collective.Collectives] first, then [io.dlrm4j.comm.collective.RingSum] and
/// [io.dlrm4j.comm.collective.DirectSum]. Imports the package
/// above, `comm.transport` and `core.memory`. Everything runs on the thread that is inside the communicator, except
/// [io.dlrm4j.comm.collective.FirstFailure], which any thread may tell. Receiving never waits for sending: what
/// arrives is put in its place at once, what is to be sent is a cursor that moves when there is room. Operations are
/// used again after their `await`. Proven by `CollectivesTest`.
@NullMarked
package io.dlrm4j.comm.collective;

import org.jspecify.annotations.NullMarked;
