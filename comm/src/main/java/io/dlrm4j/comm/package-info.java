/// What a rank can do with the others.
///
/// Read [io.dlrm4j.comm.Communicator] first. Same-order rule: on each lane every rank starts the same operations in
/// the same order. Imports `core.memory` alone. A failure of any rank ends every pending and later operation on every
/// rank with the same sentence.
@NullMarked
package io.dlrm4j.comm;

import org.jspecify.annotations.NullMarked;
