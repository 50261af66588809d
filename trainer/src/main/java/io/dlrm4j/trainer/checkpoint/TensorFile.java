package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.trainer.manifest.ShardFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;

/// One safetensors file of a checkpoint, open for reading by tensor name.
final class TensorFile implements AutoCloseable {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long MAX_HEADER = 64L << 20;

    private final String name;
    private final BlockReader reader;
    private final long dataStart;
    private final Map<String, TensorEntry> tensors;

    /// @param block buffer of one block
    TensorFile(Path folder, ShardFile file, MemorySegment block, int blockSize) throws IOException {
        this.name = folder.resolve(file.getName()).toString();
        this.reader = new BlockReader(folder, file, block, blockSize);
        try {
            byte[] length = new byte[Long.BYTES];
            reader.read(0, MemorySegment.ofArray(length));
            long headerBytes = MemorySegment.ofArray(length).get(LONG, 0);
            if (headerBytes < 2 || headerBytes > Math.min(MAX_HEADER, file.getBytes() - Long.BYTES)) {
                throw new IOException("%s: header of %d bytes, want 2 to %d".formatted(name, headerBytes, MAX_HEADER));
            }
            byte[] json = new byte[(int) headerBytes];
            reader.read(Long.BYTES, MemorySegment.ofArray(json));
            this.dataStart = Long.BYTES + headerBytes;
            this.tensors = TensorEntry.parse(json, file.getBytes() - dataStart);
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    /// @return floats of a tensor
    /// @throws CheckpointException when there is no such tensor of floats
    long length(String tensor) {
        return require(tensor, TensorEntry.Type.F32, 0, 0).count();
    }

    /// Fills `out` with floats of a tensor from its float `first` on.
    ///
    /// @throws CheckpointException when there is no such tensor, it is too short, or its block is damaged
    void read(String tensor, long first, Floats out) throws IOException {
        TensorEntry entry = require(tensor, TensorEntry.Type.F32, first, out.length());
        reader.read(dataStart + entry.from() + first * Float.BYTES, out.segment());
    }

    /// @return all of a tensor of whole numbers
    /// @throws CheckpointException when there is no such tensor of `count` numbers, or its block is damaged
    long[] readLongs(String tensor, int count) throws IOException {
        TensorEntry entry = require(tensor, TensorEntry.Type.I64, 0, count);
        byte[] bytes = new byte[Math.multiplyExact(count, Long.BYTES)];
        reader.read(dataStart + entry.from(), MemorySegment.ofArray(bytes));
        long[] longs = new long[count];
        for (int i = 0; i < count; i++) {
            longs[i] = MemorySegment.ofArray(bytes).get(LONG, (long) i * Long.BYTES);
        }
        return longs;
    }

    private TensorEntry require(String tensor, TensorEntry.Type type, long first, long count) {
        TensorEntry entry = tensors.get(tensor);
        if (entry == null) {
            throw new CheckpointException("%s: no tensor %s".formatted(name, tensor));
        }
        if (entry.type() != type || first < 0 || count > entry.count() - first) {
            throw new CheckpointException("%s: tensor %s has %d of %s, want %d of %s from %d on"
                    .formatted(name, tensor, entry.count(), entry.type(), count, type, first));
        }
        return entry;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
