package io.dlrm4j.effects.descent;

import io.dlrm4j.effects.data.EntityModel;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All trained coordinates: for each its entities' models; a fixed effect has one, under its own name. Never changes.
///
/// @param coordinates by name, in the order of training; inner maps in the order of the data
public record MixedModel(Map<String, Map<String, EntityModel>> coordinates) {
    /// Nothing trained yet.
    public static final MixedModel EMPTY = new MixedModel(Map.of());

    /// @return the model of an entity in a coordinate, or null
    public @Nullable EntityModel model(String coordinate, String entity) {
        Map<String, EntityModel> models = coordinates.get(coordinate);
        return models == null ? null : models.get(entity);
    }

    /// @return the same with another set of models in one coordinate
    MixedModel with(String coordinate, Map<String, EntityModel> models) {
        Map<String, Map<String, EntityModel>> changed = new LinkedHashMap<>(coordinates);
        changed.put(coordinate, models);
        return new MixedModel(changed);
    }
}
