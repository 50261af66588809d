package io.dlrm4j.effects;

import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntitySource;
import java.util.List;

/// Entities of a test, in a list.
public record InMemoryEntities(List<EntityData> entities) implements EntitySource.Repeatable {
    @Override
    public EntitySource open() {
        return new EntitySource() {
            private int next;

            @Override
            public boolean next(EntityData into) {
                if (next == entities.size()) {
                    into.begin("");
                    return false;
                }
                EntityData from = entities.get(next++);
                into.begin(from.entity());
                for (int row = 0; row < from.rows(); row++) {
                    into.addRowOf(from, row);
                }
                return true;
            }

            @Override
            public void close() {}
        };
    }
}
