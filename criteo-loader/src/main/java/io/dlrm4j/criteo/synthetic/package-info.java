/// Clicks that look like Criteo's, made by a model whose true probabilities are known.
///
/// Read [io.dlrm4j.criteo.synthetic.ClickModel] first, then [io.dlrm4j.criteo.synthetic.GenerateClicks], which writes
/// its rows as a prepared folder or as raw lines. Imports `core.memory`, `core.metric` and the writers of this module.
/// `GenerateClicks` starts threads and ends them before it returns; memory is a few MB a thread plus 4 bytes for each
/// row of the last day. Proven by `ClickModelTest`, `ZipfIdsTest` and `GenerateClicksTest`.
@NullMarked
package io.dlrm4j.criteo.synthetic;

import org.jspecify.annotations.NullMarked;
