/// How ranks find each other and learn that one of them is lost.
///
/// Read [io.dlrm4j.comm.rendezvous.Rendezvous] first.
@NullMarked
package io.dlrm4j.comm.rendezvous;

import org.jspecify.annotations.NullMarked;
