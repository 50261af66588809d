/// Where online learning gets its samples: small batches from a file, or from a folder into which somebody puts files.
///
/// Read [io.dlrm4j.effects.feed.MinibatchSource] first. Imports `data` and `format`. One thread at a time; a wait ends
/// at its deadline. Proven by `MinibatchSourceTest`.
@NullMarked
package io.dlrm4j.effects.feed;

import org.jspecify.annotations.NullMarked;
