package io.dlrm4j.effects.online;

import org.jspecify.annotations.Nullable;

/// Where beliefs are kept between batches.
public interface PosteriorStore {
    /// @param kind of entity: userId
    /// @param entity a user's id
    /// @return the belief about it, or null
    @Nullable
    Posterior get(String kind, String entity);

    /// Replaces the belief about an entity.
    void put(String kind, String entity, Posterior posterior);
}
