package io.dlrm4j.effects.store;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/// What the log says, held so that a model is found: places by key, feature indexes, commits. Not for several threads.
final class StoreState implements Closeable {
    /// Commits `above` to `below`, both outside, were gone back from.
    record Undone(long above, long below, boolean keepsPositions) {}

    private final Map<String, FeatureIndex> indexes = new TreeMap<>();
    private final Map<String, Integer> stored = new TreeMap<>(); // how many features of an index the log has
    private final Map<String, Long> positions = new TreeMap<>(); // places of the feeds' newest
    private LogFile log;
    private int generation;
    private KeyTable table = new KeyTable();
    private List<Undone> undone = new ArrayList<>();
    private volatile long version;
    private boolean broken;

    private StoreState(LogFile log, int generation) {
        this.log = log;
        this.generation = generation;
    }

    /// @param log is closed when it cannot be read
    static StoreState read(LogFile log, int generation) throws IOException {
        StoreState state = new StoreState(log, generation);
        try {
            state.replay();
            return state;
        } catch (IOException | RuntimeException e) {
            log.close();
            throw e;
        }
    }

    private void replay() throws IOException {
        table = new KeyTable();
        undone = new ArrayList<>();
        stored.clear();
        positions.clear();
        version = log.oldest();
        long committed = LogFile.HEADER;
        List<Long> models = new ArrayList<>(); // and positions
        List<LogRecord.NewFeature> features = new ArrayList<>();
        long at = LogFile.HEADER;
        for (long next = log.next(at); next >= 0; at = next, next = log.next(at)) {
            switch (log.read(at)) {
                case LogRecord.Versioned _ -> models.add(at);
                case LogRecord.NewFeature feature -> features.add(feature);
                case LogRecord.Commit(long number, long _) -> {
                    features.forEach(this::apply);
                    models.forEach(this::apply);
                    features.clear();
                    models.clear();
                    version = number;
                    committed = next;
                }
                case LogRecord.Rollback(long number, long _, long target, boolean keepsPositions) -> {
                    goBack(number, target, keepsPositions);
                    committed = next;
                }
            }
        }
        log.endAt(committed, at);
    }

    private void apply(LogRecord.NewFeature feature) {
        FeatureIndex index = features(feature.idType());
        int known = stored.getOrDefault(feature.idType(), 0);
        int number = index.add(feature.name(), feature.term());
        if (number != known) {
            throw new DataException("%s: feature %s %s of %s is number %d, want %d; the log is damaged"
                    .formatted(log.path(), feature.name(), feature.term(), feature.idType(), number, known));
        }
        stored.put(feature.idType(), known + 1);
    }

    private void apply(long place) {
        switch (record(place)) {
            case LogRecord.Model(StoredModel model, long _) ->
                table.put(KeyTable.hash(model.idType(), model.key()), place, isKey(model.idType(), model.key()));
            case LogRecord.Position(String feed, String _, long _, long _) -> positions.put(feed, place);
        }
    }

    private LongPredicate isKey(String idType, String key) {
        return place -> {
            StoredModel there = model(place);
            return there.key().equals(key) && there.idType().equals(idType);
        };
    }

    FeatureIndex features(String idType) {
        return indexes.computeIfAbsent(idType, _ -> new FeatureIndex());
    }

    StoredModel model(long place) {
        if (record(place) instanceof LogRecord.Model(StoredModel model, long _)) {
            return model;
        }
        throw log.damaged(place, "no model");
    }

    LogRecord.Versioned record(long place) {
        if (log.read(place) instanceof LogRecord.Versioned record) {
            return record;
        }
        throw log.damaged(place, "no model and no position");
    }

    /// @return how far a feed was read, empty where it was not
    String position(String feed) {
        Long place = positions.get(feed);
        return place != null && record(place) instanceof LogRecord.Position(String _, String position, long _, long _)
                ? position
                : "";
    }

    Set<String> feeds() {
        return positions.keySet();
    }

    @Nullable
    StoredModel get(String idType, String key, long atMost) {
        long place = upTo(table.find(KeyTable.hash(idType, key), isKey(idType, key)), atMost);
        return place == 0 ? null : model(place);
    }

    /// @return the place of the newest record of a key that a commit up to `version` wrote, 0 where there is none
    private long upTo(long newest, long version) {
        long place = newest;
        while (place != 0 && record(place).version() > version) {
            place = record(place).before();
        }
        return place;
    }

    /// What a commit wrote, to be shown by [#show].
    ///
    /// @param places of its models and positions
    /// @param features how many of each index the log has now
    record Written(long number, List<Long> places, Map<String, Integer> features) {}

    /// Writes a commit. The records are durable before the mark of the commit is written, so that after a loss of
    /// power no mark stands behind records that are not whole.
    Written write(Collection<StoredModel> models, Map<String, String> read) throws IOException {
        requireWhole();
        long number = version + 1;
        List<ByteBuffer> records = new ArrayList<>();
        Map<String, Integer> features = newFeatures(records);
        long place = log.end();
        for (ByteBuffer record : records) {
            place += record.remaining();
        }
        List<Long> places = new ArrayList<>();
        for (StoredModel model : models) {
            String idType = model.idType();
            long before = table.find(KeyTable.hash(idType, model.key()), isKey(idType, model.key()));
            ByteBuffer bytes = LogRecord.encode(new LogRecord.Model(model.writtenBy(number), before));
            records.add(bytes);
            places.add(place);
            place += bytes.remaining();
        }
        for (Map.Entry<String, String> feed : read.entrySet()) {
            long before = positions.getOrDefault(feed.getKey(), 0L);
            ByteBuffer bytes = LogRecord.encode(new LogRecord.Position(feed.getKey(), feed.getValue(), number, before));
            records.add(bytes);
            places.add(place);
            place += bytes.remaining();
        }
        if (!records.isEmpty()) {
            append(records);
        }
        append(List.of(LogRecord.encode(new LogRecord.Commit(number, place))));
        return new Written(number, places, features);
    }

    private Map<String, Integer> newFeatures(List<ByteBuffer> records) {
        Map<String, Integer> features = new TreeMap<>();
        indexes.forEach((idType, index) -> {
            for (int i = stored.getOrDefault(idType, 0); i < index.size(); i++) {
                records.add(LogRecord.encode(new LogRecord.NewFeature(idType, index.name(i), index.term(i))));
            }
            features.put(idType, index.size());
        });
        return features;
    }

    void show(Written written) {
        written.places.forEach(this::apply);
        stored.putAll(written.features);
        version = written.number;
    }

    long rollback(long target, boolean keepsPositions) throws IOException {
        requireWhole();
        requireReachable(target);
        long number = version + 1;
        append(List.of(LogRecord.encode(new LogRecord.Rollback(number, log.end(), target, keepsPositions))));
        goBack(number, target, keepsPositions);
        return number;
    }

    /// Hands out what the commits of the log were, in their order.
    void forEachCommit(Consumer<ModelStore.Commit> taker) {
        long models = 0;
        long at = LogFile.HEADER;
        for (long next = log.next(at); next >= 0 && at < log.end(); at = next, next = log.next(at)) {
            switch (log.read(at)) {
                case LogRecord.Model _ -> models++;
                case LogRecord.Commit(long number, long _) -> {
                    taker.accept(new ModelStore.Commit(number, models, -1));
                    models = 0;
                }
                case LogRecord.Rollback(long number, long _, long target, boolean _) ->
                    taker.accept(new ModelStore.Commit(number, 0, target));
                case LogRecord.NewFeature _, LogRecord.Position _ -> {}
            }
        }
    }

    private void append(List<ByteBuffer> records) throws IOException {
        broken = true; // until it is known to be written
        log.append(records);
        broken = false;
    }

    private void requireWhole() throws IOException {
        if (broken) {
            throw new IOException(
                    "%s: an earlier commit could not be written; open the store anew".formatted(log.path()));
        }
    }

    private void requireReachable(long target) {
        if (target < log.oldest() || target > version) {
            throw new DataException(
                    "%s: version %d, want %d to %d".formatted(log.path(), target, log.oldest(), version));
        }
        for (Undone range : undone) {
            if (target > range.above && target < range.below) {
                throw new DataException("%s: version %d was gone back from by version %d, and its models are not kept"
                        .formatted(log.path(), target, range.below));
            }
        }
    }

    private void goBack(long number, long target, boolean keepsPositions) {
        table.replace(place -> upTo(place, target));
        if (!keepsPositions) {
            positions.replaceAll((_, place) -> upTo(place, target));
            positions.values().removeIf(place -> place == 0);
        }
        undone.add(new Undone(target, number, keepsPositions));
        version = number;
    }

    /// Goes on with a compacted log.
    void replace(LogFile compacted, int number) throws IOException {
        log.close();
        log = compacted;
        generation = number;
        replay();
    }

    long[] places() {
        return table.sortedPlaces();
    }

    List<Long> positionPlaces() {
        return List.copyOf(positions.values());
    }

    long bytes() {
        return log.end();
    }

    List<Undone> undone() {
        return undone;
    }

    Map<String, Integer> storedFeatures() {
        return stored;
    }

    long version() {
        return version;
    }

    long oldest() {
        return log.oldest();
    }

    int generation() {
        return generation;
    }

    int size() {
        return table.size();
    }

    @Override
    public void close() throws IOException {
        log.close();
    }
}
