package io.dlrm4j.criteo.text;

import io.dlrm4j.core.data.DataException;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// A raw file, plain or gzip, told apart by its first bytes.
final class RawFile implements AutoCloseable {
    private final Counted counted;
    private final InputStream bytes;
    private boolean endedEarly;

    /// Counts what has been taken from the disk.
    private static final class Counted extends FilterInputStream {
        private volatile long count;

        Counted(InputStream in) {
            super(in);
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // one thread counts, others look
        public int read(byte[] into, int offset, int length) throws IOException {
            int read = in.read(into, offset, length);
            count += Math.max(0, read);
            return read;
        }
    }

    private RawFile(Counted counted, InputStream bytes) {
        this.counted = counted;
        this.bytes = bytes;
    }

    /// @throws DataException when there is no such file or it is empty
    static RawFile open(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new DataException("%s: is a folder, want a file of clicks".formatted(file));
        }
        byte[] magic;
        try (InputStream start = Files.newInputStream(file)) {
            magic = start.readNBytes(2);
        } catch (NoSuchFileException e) {
            throw new DataException("%s: no such file".formatted(file), e);
        }
        if (magic.length == 0) {
            throw new DataException("%s: is empty".formatted(file));
        }
        Counted counted = new Counted(Files.newInputStream(file));
        return new RawFile(counted, isGzip(magic) ? new GzipMembers(file, counted) : counted);
    }

    /// @param magic the first two bytes of a file, fewer if it is shorter
    static boolean isGzip(byte[] magic) {
        return magic.length == 2 && magic[0] == (byte) 0x1F && magic[1] == (byte) 0x8B;
    }

    /// @return bytes read into `into` from `offset` on, or -1 at the end, early or not
    int read(byte[] into, int offset, int length) throws IOException {
        try {
            return bytes.read(into, offset, length);
        } catch (EOFException e) {
            endedEarly = true;
            return -1;
        }
    }

    /// @return whether a gzip file ended inside a member
    boolean endedEarly() {
        return endedEarly;
    }

    /// @return bytes taken from the disk so far
    long consumed() {
        return counted.count;
    }

    @Override
    public void close() throws IOException {
        bytes.close();
    }
}
