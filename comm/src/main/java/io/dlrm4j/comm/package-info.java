/// What a rank can do with the others: sum, exchange, gather, and learn at once when one of them is lost.
///
/// Read [io.dlrm4j.comm.Communicator] first; [io.dlrm4j.comm.World] joins processes, [io.dlrm4j.comm.LocalWorld] runs
/// threads. Same-order rule: on each lane every rank starts the same operations in the same order; frames carry
/// enough to prove a breach. The first failure of any rank ends every pending and later operation on every rank with
/// the same sentence; the communicator is then dead.
///
/// | operation (N ranks, S bytes)  | frames' way               | steps  | bytes sent by a rank |
/// |-------------------------------|---------------------------|--------|----------------------|
/// | all-to-all                    | to each peer              | 1      | its parts for others |
/// | all-reduce, up to 8 KiB       | to each peer, sum locally | 1      | (N-1) S              |
/// | all-reduce, larger            | round the ring            | 2(N-1) | 2 (N-1)/N S          |
/// | the same, in shared memory    | places to each peer       | 2      | none; 2 (N-1)/N S are read and written |
/// | reduce-scatter                | round the ring            | N-1    | (N-1)/N S            |
/// | all-gather, barrier (8 bytes) | to each peer              | 1      | (N-1) own part       |
/// | broadcast                     | root to each peer         | 1      | (N-1) S by the root  |
///
/// Inside a host a large buffer that lies in [io.dlrm4j.comm.Communicator#sharedMemory] does not travel: frames tell
/// its place and when it is free again, all else (order, deadlines, failures) being the same. A sum then takes no copy,
/// an exchange one, by the receiver.
///
/// Imports `core.memory` alone. Buffers are the caller's and belong to an operation from its start to its `await`; one
/// thread at a time uses a communicator. A step allocates nothing. Proven by `CollectivesTest`, `AeronCollectivesIT`,
/// `FailureIT`.
@NullMarked
package io.dlrm4j.comm;

import org.jspecify.annotations.NullMarked;
