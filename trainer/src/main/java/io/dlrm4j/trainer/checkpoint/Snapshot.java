package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.memory.OffHeap;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Files of a checkpoint copied into memory, byte for byte as they will be on disk, so that training may go on while
/// they are written. Takes as much memory as a rank's part of a checkpoint.
final class Snapshot {
    private final MemorySegment memory;

    /// @param bytes room for the largest part of a checkpoint
    Snapshot(OffHeap owner, long bytes) {
        this.memory = owner.hugeBytes("checkpoint snapshot", bytes);
    }

    /// Copies files; what was copied before is overwritten.
    ///
    /// @return the same files, read from the copy
    List<FileImage> take(List<FileImage> files) {
        List<FileImage> copies = new ArrayList<>();
        long next = 0;
        for (FileImage file : files) {
            MemorySegment copy = memory.asSlice(next, file.bytes());
            try {
                file.body().writeTo(new Filling(copy));
            } catch (IOException e) {
                throw new IllegalStateException("a copy in memory does no input or output", e);
            }
            copies.add(new FileImage(file.name(), file.bytes(), out -> out.write(copy)));
            next += file.bytes();
        }
        return copies;
    }

    private static final class Filling implements Sink {
        private final MemorySegment to;
        private long next;

        Filling(MemorySegment to) {
            this.to = to;
        }

        @Override
        public void write(MemorySegment source) {
            MemorySegment.copy(source, 0, to, next, source.byteSize());
            next += source.byteSize();
        }
    }
}
