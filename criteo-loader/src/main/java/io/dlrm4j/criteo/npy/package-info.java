/// NumPy's `.npy` files, read and written strictly.
///
/// Read [io.dlrm4j.criteo.npy.NpyFile] first, then [io.dlrm4j.criteo.npy.NpyWriter]. Imports `core.memory` and
/// `core.data`. One thread at a time for each open file; memory belongs to the caller. Proven by `NpyFileTest` and by
/// the recorded files of the reference, which NumPy wrote.
@NullMarked
package io.dlrm4j.criteo.npy;

import org.jspecify.annotations.NullMarked;
