/// The samples of one entity, and where they come from.
///
/// Read [io.dlrm4j.effects.data.EntityData] first: a reader fills it, a solver reads it, and it is filled again with
/// the next entity. [io.dlrm4j.effects.data.FeatureIndex] gives features (name, term) their numbers,
/// [io.dlrm4j.effects.data.EntitySource] hands entities out one after the other. Imports the JDK alone. One thread at
/// a time. Proven by `EntityDataTest` and `FeatureIndexTest`.
@NullMarked
package io.dlrm4j.effects.data;

import org.jspecify.annotations.NullMarked;
