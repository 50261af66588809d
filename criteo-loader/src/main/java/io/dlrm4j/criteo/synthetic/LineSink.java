package io.dlrm4j.criteo.synthetic;

import io.dlrm4j.core.data.DataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// One file of raw lines, written as `<output>.partial` until it is complete.
final class LineSink implements ClickSink {
    private final Path output;
    private final Path partial;
    private final FileChannel channel;

    private LineSink(Path output, Path partial, FileChannel channel) {
        this.output = output;
        this.partial = partial;
        this.channel = channel;
    }

    static LineSink create(Path output) throws IOException {
        Path target = output.toAbsolutePath().normalize();
        if (target.getFileName() == null) {
            throw new DataException("%s: cannot be an output file".formatted(output));
        }
        if (Files.exists(target)) {
            throw new DataException("%s: exists; remove it or choose another output".formatted(output));
        }
        Path partial = target.resolveSibling(target.getFileName() + ".partial");
        if (target.getParent() != null) {
            Files.createDirectories(target.getParent());
        }
        FileChannel channel = FileChannel.open(
                partial, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        return new LineSink(target, partial, channel);
    }

    @Override
    public void write(ClickBlock block) throws IOException {
        ByteBuffer lines = block.lines.view();
        while (lines.hasRemaining()) {
            channel.write(lines);
        }
    }

    @Override
    public void endDay() {
        // raw lines have no days
    }

    @Override
    public long publish(GenerateReport report) throws IOException {
        long bytes = channel.size();
        channel.force(true);
        channel.close();
        Files.move(partial, output, StandardCopyOption.ATOMIC_MOVE);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            Files.deleteIfExists(partial);
        }
    }
}
