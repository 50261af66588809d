package io.dlrm4j.effects.store;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.format.NewFile;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The bytes of one generation of the log: written at its end through the file, read through a mapping.
///
/// The file is made longer in large steps of zeros, so that it is mapped anew rarely. A mapping lives as long as
/// anybody reads in it.
final class LogFile implements Closeable {
    static final int HEADER = 32;

    private static final long MAGIC = 0x4C44_4F4D_4D52_4C44L; // "DLRMMODL"
    private static final int VERSION = 1;
    private static final long STEP = 1 << 22;
    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new byte[1 << 16]).asReadOnly();
    private static final Pattern NAME = Pattern.compile("models-(\\d{8})\\.log");
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path path;
    private final FileChannel channel;
    private final long oldest;
    private volatile MemorySegment mapped = MemorySegment.NULL;
    private long end = HEADER;

    private LogFile(Path path, FileChannel channel, long oldest) {
        this.path = path;
        this.channel = channel;
        this.oldest = oldest;
    }

    /// @return the highest generation in a folder, 0 where there is none
    static int newest(Path folder) throws IOException {
        int newest = 0;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Matcher name = NAME.matcher(file.getFileName().toString());
                if (name.matches()) {
                    newest = Math.max(newest, Integer.parseInt(name.group(1)));
                }
            }
        }
        return newest;
    }

    static Path path(Path folder, int generation) {
        return folder.resolve("models-%08d.log".formatted(generation));
    }

    /// Deletes what a compaction left over.
    static void deleteOthers(Path folder, int generation) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.toList();
        }
        for (Path file : files) {
            String name = file.getFileName().toString();
            boolean log = NAME.matcher(name.endsWith(".tmp") ? name.substring(0, name.length() - 4) : name)
                    .matches();
            if (log && !file.equals(path(folder, generation))) {
                Files.delete(file);
            }
        }
    }

    /// @param oldest the first commit that can be gone back to
    static void create(Path file, long oldest) throws IOException {
        try (NewFile begun = NewFile.begin(file)) {
            Files.write(begun.unfinished(), header(oldest).array());
            begun.finish();
        }
    }

    static ByteBuffer header(long oldest) {
        ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(MAGIC).putInt(VERSION).putInt(0).putLong(oldest);
        header.putInt(HEADER - Integer.BYTES, LogRecord.crc(header.array(), 0, HEADER - Integer.BYTES));
        return header.rewind();
    }

    static LogFile open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
            int got = channel.read(header, 0);
            if (got < HEADER
                    || header.getLong(0) != MAGIC
                    || header.getInt(HEADER - Integer.BYTES)
                            != LogRecord.crc(header.array(), 0, HEADER - Integer.BYTES)) {
                throw new DataException("%s: header is damaged, or this is no model log".formatted(path));
            }
            if (header.getInt(8) != VERSION) {
                throw new DataException("%s: format version %d, want %d; a newer version wrote it"
                        .formatted(path, header.getInt(8), VERSION));
            }
            LogFile log = new LogFile(path, channel, header.getLong(16));
            log.map(channel.size());
            return log;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void map(long bytes) throws IOException {
        mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes, Arena.ofAuto());
    }

    long oldest() {
        return oldest;
    }

    /// @return where the next record will lie
    long end() {
        return end;
    }

    Path path() {
        return path;
    }

    /// @return where the record at `place` ends, or -1 where no whole record lies
    long next(long place) {
        MemorySegment all = mapped;
        if (place + LogRecord.FRAME > all.byteSize()) {
            return -1;
        }
        int length = all.get(INT, place);
        long behind = place + LogRecord.FRAME + length;
        if (length <= 0 || behind > all.byteSize()) {
            return -1;
        }
        byte[] body = all.asSlice(place + LogRecord.FRAME, length).toArray(ValueLayout.JAVA_BYTE);
        return LogRecord.crc(body, 0, length) == all.get(INT, place + Integer.BYTES) ? behind : -1;
    }

    /// Reads a record whose checksum is checked again.
    ///
    /// @throws DataException when it is damaged, naming its place
    LogRecord read(long place) {
        if (next(place) < 0) {
            throw damaged(place, "checksum does not match");
        }
        MemorySegment all = mapped;
        MemorySegment body = all.asSlice(place + LogRecord.FRAME, all.get(INT, place));
        try {
            return LogRecord.decode(body.asByteBuffer());
        } catch (DataException e) {
            throw damaged(place, String.valueOf(e.getMessage()));
        }
    }

    DataException damaged(long place, String what) {
        return new DataException(
                "%s: record at byte %d: %s; restore the folder from a copy".formatted(path, place, what));
    }

    /// Says where the last commit ends: what lies behind it was never committed and goes.
    ///
    /// @throws DataException when commits lie behind it: then committed bytes are damaged
    void endAt(long place, long damagedFrom) throws IOException {
        long commit = commitBehind(damagedFrom);
        if (commit >= 0) {
            throw damaged(damagedFrom, "damaged, and a commit follows it at byte %d".formatted(commit));
        }
        end = place;
        channel.truncate(place);
        channel.force(true);
        grow(place);
    }

    private long commitBehind(long from) {
        MemorySegment all = mapped;
        int within = LogRecord.FRAME + 1; // the mark stands behind frame and kind
        for (long at = from + within; at + Long.BYTES <= all.byteSize(); at++) {
            if (at % ZEROS.byteSize() == 0 && isZero(all, at)) {
                at += ZEROS.byteSize() - 1;
            } else if (all.get(LONG, at) == LogRecord.MARK
                    && next(at - within) >= 0
                    && all.get(LONG, at + 2 * Long.BYTES) == at - within) {
                return at - within;
            }
        }
        return -1;
    }

    private static boolean isZero(MemorySegment all, long at) {
        long end = at + ZEROS.byteSize();
        return end <= all.byteSize() && MemorySegment.mismatch(all, at, end, ZEROS, 0, ZEROS.byteSize()) < 0;
    }

    /// Appends bytes and makes them durable.
    void append(List<ByteBuffer> records) throws IOException {
        long bytes = 0;
        for (ByteBuffer record : records) {
            bytes += record.remaining();
        }
        grow(end + bytes);
        long at = end;
        ByteBuffer together = ByteBuffer.allocate((int) Math.min(bytes, 1 << 20));
        for (ByteBuffer record : records) {
            if (record.remaining() > together.remaining()) {
                at = write(together.flip(), at);
                together.clear();
            }
            if (record.remaining() > together.remaining()) {
                at = write(record, at);
            } else {
                together.put(record);
            }
        }
        at = write(together.flip(), at);
        channel.force(false);
        end = at;
    }

    private long write(ByteBuffer bytes, long at) throws IOException {
        long place = at;
        while (bytes.hasRemaining()) {
            place += channel.write(bytes, place);
        }
        return place;
    }

    private void grow(long bytes) throws IOException {
        if (bytes < mapped.byteSize() && channel.size() >= mapped.byteSize()) {
            return;
        }
        long size = (bytes / STEP + 1) * STEP;
        if (channel.size() < size) {
            channel.write(ByteBuffer.allocate(1), size - 1); // a file with a hole; blocks come when they are written
        }
        map(size);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
