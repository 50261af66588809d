/// Row numbers for categories: dictionaries in order of first appearance, one a column, and how they are kept.
///
/// Read [io.dlrm4j.criteo.ids.Dictionary] first. Imports `core.data`, `core.memory`, `criteo.npy`, `criteo.store` and
/// `criteo.text`. A dictionary is used by one thread at a time; columns run on several. 8 bytes a slot off the heap, at
/// most 70 % of the slots taken: the 33.8 million values of Criteo Kaggle take 0.5 GB. Proven by `DictionaryTest` and,
/// against the reference's ids, by `GoldenPrepareTest`.
@NullMarked
package io.dlrm4j.criteo.ids;

import org.jspecify.annotations.NullMarked;
