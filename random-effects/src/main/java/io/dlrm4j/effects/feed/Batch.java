package io.dlrm4j.effects.feed;

import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.feed.MinibatchSource.Minibatch;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.online.OnlineEffects.KindBatch;
import java.util.ArrayList;
import java.util.List;

/// A batch while it is filled.
final class Batch {
    private final List<String> kinds;
    private final List<EntityData> samples = new ArrayList<>();
    private final List<List<String>> entities = new ArrayList<>();

    /// @param kinds names of the kinds of entities
    Batch(List<String> kinds) {
        this.kinds = kinds;
        for (int k = 0; k < kinds.size(); k++) {
            EntityData data = new EntityData();
            data.begin("");
            samples.add(data);
            entities.add(new ArrayList<>());
        }
    }

    /// Adds what a kind sees of a sample; every kind adds each sample once.
    void add(int kind, Sample sample) {
        EntityData data = samples.get(kind);
        data.addRow(sample.uid(), sample.label(), sample.weight(), sample.offset());
        for (int i = 0; i < sample.features(); i++) {
            data.addFeature(sample.indices()[i], sample.values()[i]);
        }
        entities.get(kind).add(sample.entity());
    }

    int rows() {
        return samples.getFirst().rows();
    }

    Minibatch finish(String position) {
        List<KindBatch> all = new ArrayList<>();
        for (int k = 0; k < kinds.size(); k++) {
            all.add(new KindBatch(kinds.get(k), entities.get(k).toArray(new String[0]), samples.get(k)));
        }
        return new Minibatch(all, position);
    }
}
