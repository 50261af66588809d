/// How frames move between two ranks.
///
/// Read [io.dlrm4j.comm.transport.Link] first.
@NullMarked
package io.dlrm4j.comm.transport;

import org.jspecify.annotations.NullMarked;
