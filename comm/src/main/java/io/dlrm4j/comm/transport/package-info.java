/// How frames move between two ranks: in order, without loss, without waiting.
///
/// Read [io.dlrm4j.comm.transport.Link] first. A frame on the wire, header by Aeron:
///
/// ```
///  0        4    5    6     8            12         16         20       24              32
/// +--------+----+----+-----+------------+----------+----------+--------+----------------+---------
/// | length | v. | fl | type| term offset| session  | stream   | term   | tag (8 bytes)  | payload
/// +--------+----+----+-----+------------+----------+----------+--------+----------------+---------
/// tag:    kind 8 | operation 24 | slice 32        stream: lane 8 | sender 8 | receiver 8
/// ```
///
/// Ranks of one media driver also share memory ([io.dlrm4j.comm.transport.SharedMemory]): files `shared-RANK-NUMBER`
/// in the driver's directory, mapped by who is told a place in them. They are made at the start, every page written, so
/// that a full /dev/shm shows there; what finds no room is ordinary memory, and its bytes travel in frames. Whose turn
/// it is to touch a place is told by frames alone, which order the accesses.
///
/// What is sent and not received is bounded (half a term in shared memory, the receiver's window on UDP, 128 KiB
/// between threads), so both sides keep receiving while they send. Every lane and ordered pair of ranks has a stream
/// of its own: three terms of shared memory, allocated at the start. A new transport implements `Link` and is chosen
/// in `AeronLinks` or beside it. Imports the package above and `core.memory`. One thread uses a link. Proven by
/// `AeronCollectivesIT`, `HostDriverTest`, `SharedMemoryTest`.
@NullMarked
package io.dlrm4j.comm.transport;

import org.jspecify.annotations.NullMarked;
