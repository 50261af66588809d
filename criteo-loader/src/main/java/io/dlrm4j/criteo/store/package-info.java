/// Prepared data on disk: the manifest, the rows behind it, their orders, and folders that appear whole or not at all.
///
/// Read [io.dlrm4j.criteo.store.Manifest] first, then [io.dlrm4j.criteo.store.StoredSource]. Imports `criteo.npy`,
/// `core.data` and `core.memory`. A source owns a small staging buffer off the heap and its open files; one thread at a
/// time. Proven by `PreparedDataTest`, `NumpyRandomTest` and the recorded batches of the reference.
@NullMarked
package io.dlrm4j.criteo.store;

import org.jspecify.annotations.NullMarked;
