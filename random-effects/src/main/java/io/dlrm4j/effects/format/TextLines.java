package io.dlrm4j.effects.format;

import io.dlrm4j.core.data.DataException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/// Lines of a text file in UTF-8, plain or `.gz`, within bounds: whatever lies in the file, no more memory is taken
/// than a line may have, and every refusal names the file.
public final class TextLines implements Closeable {
    /// Most characters of a line.
    public static final int MOST_CHARACTERS = 1 << 24;

    /// Most bytes of small metadata: lists of partitions, ids, coefficients.
    public static final long METADATA_BYTES = 1 << 24;

    /// Most bytes of a list of features, all of which are kept in memory.
    public static final long FEATURES_BYTES = 1L << 30;

    private final Path file;
    private final Reader in;
    private final long most;
    private final StringBuilder text = new StringBuilder();
    private final char[] buffer = new char[1 << 14];
    private int at;
    private int end;
    private long characters;
    private long line;

    private TextLines(Path file, Reader in, long most) {
        this.file = file;
        this.in = in;
        this.most = most;
    }

    /// Opens a file of any size.
    public static TextLines open(Path file) throws IOException {
        return open(file, Long.MAX_VALUE);
    }

    /// Opens a file whose lines are kept.
    ///
    /// @param most bytes that it may have, unpacked
    /// @throws DataException when it has more
    public static TextLines open(Path file, long most) throws IOException {
        if (Files.size(file) > most) {
            throw tooLarge(file, most);
        }
        InputStream raw = Files.newInputStream(file);
        try {
            boolean packed = file.toString().toLowerCase(Locale.ROOT).endsWith(".gz");
            InputStream plain = packed ? new GZIPInputStream(raw, 1 << 16) : raw;
            return new TextLines(file, new InputStreamReader(plain, StandardCharsets.UTF_8.newDecoder()), most);
        } catch (ZipException | EOFException e) {
            raw.close();
            throw new DataException("%s: no gzip: %s".formatted(file, e.getMessage()), e);
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }

    private static DataException tooLarge(Path file, long most) {
        return new DataException("%s: more than %d bytes, the most that such a file may have; is it the right one?"
                .formatted(file, most));
    }

    /// @return the next line without its end, or null when there is none
    /// @throws DataException when it is longer than [#MOST_CHARACTERS], or the file is no text or larger than it
    ///     may be
    public @Nullable String next() throws IOException {
        text.setLength(0);
        boolean ended = at == end && !fill();
        if (ended) {
            return null;
        }
        line++;
        while (!ended) {
            int from = at;
            while (at < end && buffer[at] != '\n') {
                at++;
            }
            text.append(buffer, from, at - from);
            if (text.length() > MOST_CHARACTERS) {
                throw new DataException("%s: more than %d characters, the most that a line may have"
                        .formatted(where(), MOST_CHARACTERS));
            }
            if (at < end) {
                at++; // behind the line's end
                break;
            }
            ended = !fill();
        }
        int length = text.length();
        return text.substring(0, length > 0 && text.charAt(length - 1) == '\r' ? length - 1 : length);
    }

    private boolean fill() throws IOException {
        at = 0;
        end = 0;
        try {
            int read = in.read(buffer);
            if (read < 0) {
                return false;
            }
            end = read;
        } catch (CharacterCodingException e) {
            throw new DataException("%s: no UTF-8 text behind line %d".formatted(file, line), e);
        } catch (ZipException | EOFException e) {
            throw new DataException("%s: damaged gzip behind line %d: %s".formatted(file, line, e.getMessage()), e);
        }
        characters += end;
        if (characters > most) {
            throw tooLarge(file, most);
        }
        return true;
    }

    /// @return the place of the line that was read last, for messages: `FILE: line N`
    public String where() {
        return "%s: line %d".formatted(file, line);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
