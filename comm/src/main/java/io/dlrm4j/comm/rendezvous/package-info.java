/// How ranks find each other and learn that one of them is lost.
///
/// Read [io.dlrm4j.comm.rendezvous.Rendezvous] first. Timeline of one connection:
///
/// ```
/// rank r                     rank 0                           limit
///   connect  ───────────────▶ listens on host:port            join timeout, retried every 50 ms
///            ◀─── Challenge    nonce                          5 s for the handshake
///   Answer   ───────────────▶ nonce; both make the key
///   Join     ───────────────▶ rank, pid, facts (sealed)       facts must be equal to rank 0's
///            ◀─── Welcome      all ranks, once all are here   join timeout, then Abort names the missing
///   Heartbeat ◀─────────────▶ each second                     half the progress timeout without: lost
///   Abort    ───────────────▶ decides, tells everybody        end of connection without Goodbye: lost
///   Goodbye  ◀─────────────▶
/// ```
///
/// Imports the package above and `FirstFailure`. Virtual threads wait on sockets; none outlives the process. Strangers
/// cost bounded memory and time. Proven by `RendezvousTest`, `LifelineTest`, `FailureIT`.
@NullMarked
package io.dlrm4j.comm.rendezvous;

import org.jspecify.annotations.NullMarked;
