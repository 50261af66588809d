package io.dlrm4j.effects.online;

import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Updates several kinds of entities from one batch of samples: each sample belongs to one entity of every kind (its
/// user, its movie). Kinds learn in turn, each with what the other kinds say of a sample in its offset, as in
/// coordinate descent. Features that a batch brings for the first time join the entities' beliefs.
public final class OnlineEffects {
    private final Map<String, SequentialUpdate> updates = new LinkedHashMap<>();
    private final PosteriorStore store;

    /// What one kind of entity knows of a batch.
    ///
    /// @param kind of entity
    /// @param entities whose each sample is, `[n]`
    /// @param samples the batch with this kind's features; labels, weights and offsets are those of the batch
    @SuppressWarnings("ArrayRecordComponent") // of millions of samples, never compared
    public record KindBatch(String kind, String[] entities, EntityData samples) {
        /// @throws IllegalArgumentException when lengths differ
        public KindBatch {
            if (entities.length != samples.rows()) {
                throw new IllegalArgumentException("%s: %d entities for %d samples, want as many"
                        .formatted(kind, entities.length, samples.rows()));
            }
        }
    }

    /// @param settings of each kind, in the order in which they learn
    /// @param store where beliefs are kept
    public OnlineEffects(Map<String, SequentialSettings> settings, PosteriorStore store) {
        settings.forEach((kind, of) -> updates.put(kind, new SequentialUpdate(of)));
        this.store = store;
    }

    /// Learns from a batch.
    ///
    /// @param batch one for each kind, the same samples in the same order
    /// @return what all kinds together said of each sample before they learned from it, offsets included, `[n]`
    /// @throws IllegalArgumentException when a kind is unknown or has other samples
    public double[] update(List<KindBatch> batch) {
        int n = batch.isEmpty() ? 0 : batch.getFirst().samples().rows();
        List<double[]> scores = new ArrayList<>();
        for (KindBatch kind : batch) {
            if (!updates.containsKey(kind.kind()) || kind.samples().rows() != n) {
                throw new IllegalArgumentException("%s: %d samples, want a kind of %s with %d"
                        .formatted(kind.kind(), kind.samples().rows(), updates.keySet(), n));
            }
            scores.add(score(kind));
        }
        double[] before = new double[n];
        for (int row = 0; row < n; row++) {
            before[row] = batch.getFirst().samples().offsets()[row];
            for (double[] of : scores) {
                before[row] += of[row];
            }
        }
        for (int k = 0; k < batch.size(); k++) {
            learn(batch.get(k), k, scores);
            scores.set(k, score(batch.get(k)));
        }
        return before;
    }

    /// @param kind one kind's view of some samples
    /// @return what its beliefs' means say of each, without offsets, `[n]`; 0 for entities that are not known
    public double[] score(KindBatch kind) {
        double[] scores = new double[kind.samples().rows()];
        Map<String, @Nullable EntityModel> models = new LinkedHashMap<>();
        for (int row = 0; row < scores.length; row++) {
            String entity = kind.entities()[row];
            if (!models.containsKey(entity)) {
                Posterior posterior = store.get(kind.kind(), entity);
                models.put(entity, posterior == null ? null : posterior.toModel(entity));
            }
            EntityModel model = models.get(entity);
            scores[row] = model == null ? 0 : model.score(kind.samples(), row);
        }
        return scores;
    }

    private void learn(KindBatch kind, int own, List<double[]> scores) {
        Map<String, EntityData> byEntity = new LinkedHashMap<>();
        for (int row = 0; row < kind.samples().rows(); row++) {
            EntityData data = byEntity.computeIfAbsent(kind.entities()[row], OnlineEffects::begin);
            data.addRowOf(kind.samples(), row);
            double offset = kind.samples().offsets()[row];
            for (int k = 0; k < scores.size(); k++) {
                offset += k == own ? 0 : scores.get(k)[row];
            }
            data.setOffset(data.rows() - 1, offset);
        }
        SequentialUpdate update = Objects.requireNonNull(updates.get(kind.kind()));
        byEntity.forEach((entity, data) ->
                store.put(kind.kind(), entity, update.update(store.get(kind.kind(), entity), data)));
    }

    private static EntityData begin(String entity) {
        EntityData data = new EntityData();
        data.begin(entity);
        return data;
    }
}
