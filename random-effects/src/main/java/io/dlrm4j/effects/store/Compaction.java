package io.dlrm4j.effects.store;

import io.dlrm4j.effects.data.FeatureIndex;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Writes the log anew: all features, and of each key the models of the commits from `oldest` on, and the one before;
/// the same of each feed's positions.
final class Compaction {
    private final StoreState state;
    private final long oldest;
    private long[] kept = new long[1_024]; // places in the old log
    private int count;

    Compaction(StoreState state, long oldest) {
        this.state = state;
        this.oldest = oldest;
    }

    void write(Path file) throws IOException {
        for (long place : state.places()) {
            keepChain(place);
        }
        for (long place : state.positionPlaces()) {
            keepChain(place);
        }
        long[] old = Arrays.copyOf(kept, count);
        Arrays.sort(old);
        long[] moved = new long[count];
        List<StoreState.Undone> ranges = state.undone();
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            out.write(LogFile.header(oldest).array());
            long at = LogFile.HEADER;
            for (Map.Entry<String, Integer> stored : state.storedFeatures().entrySet()) {
                FeatureIndex index = state.features(stored.getKey());
                for (int i = 0; i < stored.getValue(); i++) {
                    at += put(out, new LogRecord.NewFeature(stored.getKey(), index.name(i), index.term(i)));
                }
            }
            long open = 0;
            int undone = 0;
            for (int i = 0; i < count; i++) {
                LogRecord.Versioned record = state.record(old[i]);
                long version = record.version();
                if (version != open) {
                    at += open == 0 ? 0 : put(out, new LogRecord.Commit(open, at));
                    for (; undone < ranges.size() && ranges.get(undone).below() < version; undone++) {
                        at += put(out, rollback(ranges.get(undone), at));
                    }
                }
                open = version;
                moved[i] = at;
                int before = Arrays.binarySearch(old, record.before());
                at += put(out, follow(record, before < 0 ? 0 : moved[before]));
            }
            at += open == 0 ? 0 : put(out, new LogRecord.Commit(open, at));
            for (; undone < ranges.size(); undone++) {
                at += put(out, rollback(ranges.get(undone), at));
            }
            put(out, new LogRecord.Commit(state.version(), at));
        }
    }

    private static LogRecord follow(LogRecord.Versioned record, long before) {
        return switch (record) {
            case LogRecord.Model(StoredModel model, long _) -> new LogRecord.Model(model, before);
            case LogRecord.Position(String feed, String position, long version, long _) ->
                new LogRecord.Position(feed, position, version, before);
        };
    }

    private static LogRecord rollback(StoreState.Undone range, long at) {
        return new LogRecord.Rollback(range.below(), at, range.above(), range.keepsPositions());
    }

    private void keepChain(long newest) {
        long place = newest;
        while (place != 0) {
            if (count == kept.length) {
                kept = Arrays.copyOf(kept, 2 * count);
            }
            kept[count++] = place;
            LogRecord.Versioned record = state.record(place);
            if (record.version() <= oldest) {
                return;
            }
            place = record.before();
        }
    }

    private static int put(OutputStream out, LogRecord record) throws IOException {
        ByteBuffer bytes = LogRecord.encode(record);
        out.write(bytes.array(), bytes.arrayOffset(), bytes.limit());
        return bytes.limit();
    }
}
