package io.dlrm4j.criteo.text;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.dlrm4j.core.data.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/// Counts the lines of raw files, much faster than they can be parsed, so that each day can be written to its own file
/// at once. A plan: lines that turn out to be unusable are counted too.
public final class LineCount {
    private static final long MAPPED_BYTES = 64L << 20;
    private static final long EACH = 0x0101_0101_0101_0101L;
    private static final long LOW_BITS = 0x7F * EACH;

    private LineCount() {}

    /// @return lines of all files together; empty when one of them is gzip, whose lines cost too much to count
    /// @throws DataException when a file shrinks meanwhile
    public static OptionalLong of(List<Path> files) throws IOException {
        long lines = 0;
        for (Path file : files) {
            try (InputStream start = Files.newInputStream(file)) {
                if (RawFile.isGzip(start.readNBytes(2))) {
                    return OptionalLong.empty();
                }
            }
            lines += lines(file);
        }
        return OptionalLong.of(lines);
    }

    private static long lines(Path file) throws IOException {
        long lines = 0;
        byte last = '\n';
        try (FileChannel channel = FileChannel.open(file)) {
            long bytes = channel.size();
            for (long from = 0; from < bytes; from += MAPPED_BYTES) {
                try (Arena arena = Arena.ofConfined()) {
                    long length = Math.min(MAPPED_BYTES, bytes - from);
                    MemorySegment text = channel.map(FileChannel.MapMode.READ_ONLY, from, length, arena);
                    lines += newlines(text);
                    last = text.get(JAVA_BYTE, length - 1);
                }
            }
        } catch (InternalError e) { // what the JVM makes of a mapped file that shrinks
            throw new DataException("%s: has shrunk while it was read".formatted(file), e);
        }
        return last == '\n' ? lines : lines + 1;
    }

    private static long newlines(MemorySegment text) {
        long words = text.byteSize() / Long.BYTES;
        long count = 0;
        for (long i = 0; i < words; i++) {
            long newlineIsZero = text.get(JAVA_LONG_UNALIGNED, i * Long.BYTES) ^ ('\n' * EACH);
            long highBitUnlessZero = ((newlineIsZero & LOW_BITS) + LOW_BITS) | newlineIsZero | LOW_BITS;
            count += Long.bitCount(~highBitUnlessZero);
        }
        for (long at = words * Long.BYTES; at < text.byteSize(); at++) {
            count += text.get(JAVA_BYTE, at) == '\n' ? 1 : 0;
        }
        return count;
    }
}
