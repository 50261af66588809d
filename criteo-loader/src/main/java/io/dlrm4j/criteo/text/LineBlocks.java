package io.dlrm4j.criteo.text;

import io.dlrm4j.core.data.DataException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Cuts raw files, one after another, into blocks of whole lines. A line that does not fit a block is cut to just above
/// what a parser accepts, so that it is found to be too long; what is cut off is skipped without being kept.
final class LineBlocks implements AutoCloseable {
    private static final int CUT_LINE_BYTES = RowParser.MAX_LINE_BYTES + 1;

    private final List<Path> files;
    private final byte[] carry = new byte[RowBlock.TEXT_BYTES];
    private int carried;
    private int file = -1;
    private boolean atEnd;
    private boolean started;
    private @Nullable RawFile open;

    LineBlocks(List<Path> files) {
        this.files = files;
    }

    /// Fills a block.
    ///
    /// @return false when there is nothing left
    boolean fill(RowBlock block) throws IOException {
        RawFile raw = open;
        if (raw == null) {
            if (file + 1 == files.size()) {
                return false;
            }
            raw = RawFile.open(files.get(++file));
            open = raw;
            atEnd = false;
            started = false;
        }
        block.clear();
        block.file = file;
        block.firstOfFile = !started;
        started = true;
        takeLines(raw, block);
        block.consumedBytes = raw.consumed();
        block.lastOfFile = atEnd;
        block.endsEarly = atEnd && raw.endedEarly();
        if (atEnd) {
            if (block.firstOfFile && block.textEnd == 0) {
                throw new DataException("%s: has no lines".formatted(files.get(file)));
            }
            raw.close();
            open = null;
        }
        return true;
    }

    private void takeLines(RawFile raw, RowBlock block) throws IOException {
        System.arraycopy(carry, 0, block.text, 0, carried);
        int end = readUntilFull(raw, block.text, carried);
        carried = 0;
        if (atEnd) {
            block.textEnd = end;
            return;
        }
        int lineEnd = end;
        while (lineEnd > 0 && block.text[lineEnd - 1] != '\n') {
            lineEnd--;
        }
        if (lineEnd == 0) {
            skipLine(raw, block);
            return;
        }
        keep(block.text, lineEnd, end);
        block.textEnd = lineEnd;
    }

    private int readUntilFull(RawFile raw, byte[] text, int from) throws IOException {
        int end = from;
        while (end < text.length && !atEnd) {
            int count = raw.read(text, end, text.length - end);
            atEnd = count < 0;
            end += Math.max(0, count);
        }
        return end;
    }

    /// The block holds nothing but the start of one line.
    private void skipLine(RawFile raw, RowBlock block) throws IOException {
        byte[] text = block.text;
        text[CUT_LINE_BYTES] = '\n';
        block.textEnd = CUT_LINE_BYTES + 1;
        while (!atEnd) {
            int end = readUntilFull(raw, text, block.textEnd);
            for (int i = block.textEnd; i < end; i++) {
                if (text[i] == '\n') {
                    keep(text, i + 1, end);
                    atEnd = false; // what is kept makes one block more
                    return;
                }
            }
        }
    }

    private void keep(byte[] text, int from, int to) {
        carried = to - from;
        System.arraycopy(text, from, carry, 0, carried);
    }

    @Override
    public void close() throws IOException {
        if (open != null) {
            open.close();
        }
    }
}
