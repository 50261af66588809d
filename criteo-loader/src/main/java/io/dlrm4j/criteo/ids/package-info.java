/// Row numbers for categories: dictionaries in order of first appearance, one a column, and how they are kept.
///
/// Read [io.dlrm4j.criteo.ids.Dictionary] first. Imports `core.data`, `criteo.npy`, `criteo.store` and `criteo.text`. A
/// dictionary is used by one thread at a time; columns run on several. 8 bytes a slot, at most 70 % of the slots taken:
/// the 33.8 million values of Criteo Kaggle take 0.5 GB of heap. Proven by `DictionaryTest` and, against the
/// reference's ids, by `GoldenPrepareTest`.
@NullMarked
package io.dlrm4j.criteo.ids;

import org.jspecify.annotations.NullMarked;
