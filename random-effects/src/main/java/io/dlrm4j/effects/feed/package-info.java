/// Where online learning gets its samples: small batches from a file, from a folder into which somebody puts files, or
/// from a topic of Kafka.
///
/// Read [io.dlrm4j.effects.feed.MinibatchSource] first. Imports `data`, `format`, and `online` for what a batch is. One
/// thread at a time; a wait ends at its deadline. Proven by `MinibatchSourceTest` and `KafkaSourceTest`, which starts a
/// broker.
@NullMarked
package io.dlrm4j.effects.feed;

import org.jspecify.annotations.NullMarked;
