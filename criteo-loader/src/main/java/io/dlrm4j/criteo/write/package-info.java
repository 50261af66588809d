/// Writing a prepared folder so that it appears whole or not at all.
///
/// Read [io.dlrm4j.criteo.write.PreparedWriter] first. Imports `criteo.npy` and `criteo.store`. Rows are written in
/// order by one thread; memory is a buffer of a megabyte a file. Proven by `PreparedWriterTest`.
@NullMarked
package io.dlrm4j.criteo.write;

import org.jspecify.annotations.NullMarked;
