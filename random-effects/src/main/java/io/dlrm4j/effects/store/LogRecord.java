package io.dlrm4j.effects.store;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.online.Posterior;
import io.dlrm4j.effects.online.Precision;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/// One record of the log, as bytes and as values; the package's description draws it.
sealed interface LogRecord {
    int FRAME = 2 * Integer.BYTES;

    /// Stands in every commit and rollback, so that they are found behind damaged bytes.
    long MARK = 0x7469_6D6D_6F43_4C44L;

    /// What follows an earlier record of the same key, and is gone back from with its commit.
    sealed interface Versioned extends LogRecord {
        /// @return the commit that wrote it
        long version();

        /// @return place of the key's record before this one; 0 where there is none
        long before();
    }

    record Model(StoredModel model, long before) implements Versioned {
        @Override
        public long version() {
            return model.version();
        }
    }

    record Position(String feed, String position, long version, long before) implements Versioned {}

    record NewFeature(String idType, String name, String term) implements LogRecord {}

    record Commit(long number, long place) implements LogRecord {}

    /// @param keepsPositions whether feeds go on where they are
    record Rollback(long number, long place, long target, boolean keepsPositions) implements LogRecord {}

    /// @return frame and body, ready to be written
    static ByteBuffer encode(LogRecord record) {
        ByteBuffer bytes = ByteBuffer.allocate(FRAME + bodyBytes(record)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(FRAME);
        switch (record) {
            case Model(StoredModel model, long before) -> {
                Posterior posterior = model.posterior();
                bytes.put((byte) 1)
                        .put(code(posterior.kind()))
                        .putLong(model.version())
                        .putLong(before);
                putText(bytes, model.idType());
                putText(bytes, model.key());
                bytes.putInt(posterior.size());
                for (int feature : posterior.features()) {
                    bytes.putInt(feature);
                }
                for (double mean : posterior.means()) {
                    bytes.putDouble(mean);
                }
                for (double precision : posterior.precisions()) {
                    bytes.putDouble(precision);
                }
            }
            case NewFeature(String idType, String name, String term) -> {
                bytes.put((byte) 2);
                putText(bytes, idType);
                putText(bytes, name);
                putText(bytes, term);
            }
            case Commit(long number, long place) ->
                bytes.put((byte) 3).putLong(MARK).putLong(number).putLong(place);
            case Rollback(long number, long place, long target, boolean keepsPositions) ->
                bytes.put((byte) (keepsPositions ? 6 : 4))
                        .putLong(MARK)
                        .putLong(number)
                        .putLong(place)
                        .putLong(target);
            case Position(String feed, String position, long version, long before) -> {
                bytes.put((byte) 5).putLong(version).putLong(before);
                putText(bytes, feed);
                putText(bytes, position);
            }
        }
        bytes.limit(bytes.position());
        bytes.putInt(0, bytes.limit() - FRAME);
        bytes.putInt(Integer.BYTES, crc(bytes.array(), FRAME, bytes.limit() - FRAME));
        return bytes.rewind();
    }

    private static int bodyBytes(LogRecord record) {
        long bytes = switch (record) {
            case Model(StoredModel model, long _) ->
                2L
                        + 2 * Long.BYTES
                        + textBytes(model.idType())
                        + textBytes(model.key())
                        + Integer.BYTES
                        + (long) model.posterior().size() * (Integer.BYTES + Double.BYTES)
                        + (long) model.posterior().precisions().length * Double.BYTES;
            case NewFeature(String idType, String name, String term) ->
                1L + textBytes(idType) + textBytes(name) + textBytes(term);
            case Commit _ -> 1L + 3 * Long.BYTES;
            case Rollback _ -> 1L + 4 * Long.BYTES;
            case Position(String feed, String position, long _, long _) ->
                1L + 2 * Long.BYTES + textBytes(feed) + textBytes(position);
        };
        if (bytes > Integer.MAX_VALUE / 2) {
            throw new DataException("a record of %d bytes, want less than a gibibyte".formatted(bytes));
        }
        return (int) bytes;
    }

    /// @return the most bytes that a text may take
    private static long textBytes(String text) {
        return Integer.BYTES + 3L * text.length();
    }

    private static void putText(ByteBuffer bytes, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        bytes.putInt(utf8.length).put(utf8);
    }

    static int crc(byte[] bytes, int start, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, start, length);
        return (int) crc.getValue();
    }

    /// @param body whose checksum is good
    /// @throws DataException when it is no record that this version writes
    static LogRecord decode(ByteBuffer body) {
        ByteBuffer bytes = body.order(ByteOrder.LITTLE_ENDIAN);
        try {
            byte kind = bytes.get();
            return switch (kind) {
                case 1 -> model(bytes);
                case 2 -> new NewFeature(text(bytes), text(bytes), text(bytes));
                case 3 -> {
                    bytes.getLong();
                    yield new Commit(bytes.getLong(), bytes.getLong());
                }
                case 4, 6 -> {
                    bytes.getLong();
                    yield new Rollback(bytes.getLong(), bytes.getLong(), bytes.getLong(), kind == 6);
                }
                case 5 -> {
                    long version = bytes.getLong();
                    long before = bytes.getLong();
                    yield new Position(text(bytes), text(bytes), version, before);
                }
                default -> throw new DataException("a record of a kind that a newer version wrote");
            };
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new DataException("a record whose lengths do not fit", e);
        }
    }

    private static Model model(ByteBuffer bytes) {
        Precision kind = kind(bytes.get());
        long version = bytes.getLong();
        long before = bytes.getLong();
        String idType = text(bytes);
        String key = text(bytes);
        int size = count(bytes.getInt(), bytes, Integer.BYTES);
        int[] features = new int[size];
        bytes.asIntBuffer().get(features);
        bytes.position(bytes.position() + size * Integer.BYTES);
        double[] means = doubles(bytes, size);
        double[] precisions = doubles(bytes, kind.numbers(size));
        Posterior posterior = new Posterior(features, means, kind, precisions);
        return new Model(new StoredModel(idType, key, posterior, version), before);
    }

    private static byte code(Precision kind) {
        return switch (kind) {
            case NONE -> 0;
            case DIAGONAL -> 1;
            case FULL -> 2;
            case IDENTITY -> 3;
        };
    }

    private static Precision kind(byte code) {
        return switch (code) {
            case 0 -> Precision.NONE;
            case 1 -> Precision.DIAGONAL;
            case 2 -> Precision.FULL;
            case 3 -> Precision.IDENTITY;
            default -> throw new DataException("a model with precision of kind %d".formatted(code));
        };
    }

    private static double[] doubles(ByteBuffer bytes, int size) {
        double[] values = new double[count(size, bytes, Double.BYTES)];
        bytes.asDoubleBuffer().get(values);
        bytes.position(bytes.position() + size * Double.BYTES);
        return values;
    }

    private static String text(ByteBuffer bytes) {
        byte[] utf8 = new byte[count(bytes.getInt(), bytes, 1)];
        bytes.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static int count(int count, ByteBuffer bytes, int each) {
        if (count < 0 || (long) count * each > bytes.remaining()) {
            throw new IllegalArgumentException("count=" + count);
        }
        return count;
    }
}
