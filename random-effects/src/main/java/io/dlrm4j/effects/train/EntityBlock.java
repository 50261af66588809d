package io.dlrm4j.effects.train;

import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntitySource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Some entities that one worker reads and fits at a time: many small ones or one large one.
final class EntityBlock {
    private static final int MOST_ENTITIES = 128;
    private static final int ENOUGH_SAMPLES = 8_192;

    private final List<EntityData> entities = new ArrayList<>();
    private int size;

    /// Reads the next entities.
    ///
    /// @return false when the source has ended
    boolean fill(EntitySource source) throws IOException {
        size = 0;
        for (int samples = 0; size < MOST_ENTITIES && samples < ENOUGH_SAMPLES; size++) {
            if (size == entities.size()) {
                entities.add(new EntityData());
            }
            if (!source.next(entities.get(size))) {
                return false;
            }
            samples += entities.get(size).rows();
        }
        return true;
    }

    void clear() {
        size = 0;
    }

    int size() {
        return size;
    }

    EntityData get(int position) {
        return entities.get(position);
    }
}
