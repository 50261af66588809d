/// How collectives are carried out over links between two ranks.
///
/// Read [io.dlrm4j.comm.collective.Collectives] first, then [io.dlrm4j.comm.collective.RingSum]. Imports the package
/// above, `comm.transport` and `core.memory`.
@NullMarked
package io.dlrm4j.comm.collective;

import org.jspecify.annotations.NullMarked;
