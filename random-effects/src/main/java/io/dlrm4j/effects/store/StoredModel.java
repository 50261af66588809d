package io.dlrm4j.effects.store;

import io.dlrm4j.effects.online.Posterior;

/// A model as the store keeps it.
///
/// @param idType such as userId
/// @param key such as a user's id
/// @param posterior means and precisions; features are numbers of the id type's feature index
/// @param version the commit that wrote it; 0 before it is written
public record StoredModel(String idType, String key, Posterior posterior, long version) {
    /// A model to be written.
    public StoredModel(String idType, String key, Posterior posterior) {
        this(idType, key, posterior, 0);
    }

    StoredModel writtenBy(long commit) {
        return new StoredModel(idType, key, posterior, commit);
    }
}
