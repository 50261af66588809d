package io.dlrm4j.effects.train;

import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.data.ModelSink;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Deals out blocks of entities in the source's order and takes their models back in the same order. A worker whose
/// block is not next waits, so that no more blocks are in memory than there are workers.
final class BlockQueue {
    private final EntitySource source;
    private final ModelSink sink;
    private final ReentrantLock reading = new ReentrantLock();
    private final ReentrantLock writing = new ReentrantLock();
    private final Condition written = writing.newCondition();
    private long dealt;
    private long next;
    private boolean ended;
    private @Nullable Throwable failure; // under the lock of writing

    BlockQueue(EntitySource source, ModelSink sink) {
        this.source = source;
        this.sink = sink;
    }

    /// Fills a block.
    ///
    /// @return its number, or -1 when there are no more entities
    long take(EntityBlock block) throws IOException {
        reading.lock();
        try {
            if (!ended) {
                ended = !block.fill(source);
            } else {
                block.clear();
            }
            return block.size() == 0 ? -1 : dealt++;
        } finally {
            reading.unlock();
        }
    }

    /// Hands a block's models on once all blocks before it have been, however long their workers take; a worker that
    /// fails ends the wait.
    ///
    /// @return false when another worker has failed
    boolean give(long number, List<EntityModel> models) throws IOException {
        writing.lock();
        try {
            while (next != number && failure == null) {
                written.awaitUninterruptibly();
            }
            if (failure != null) {
                return false;
            }
            for (EntityModel model : models) {
                sink.accept(model);
            }
            next++;
            written.signalAll();
            return true;
        } finally {
            writing.unlock();
        }
    }

    void fail(Throwable cause) {
        writing.lock();
        try {
            if (failure == null) {
                failure = cause;
            }
            written.signalAll();
        } finally {
            writing.unlock();
        }
    }

    void rethrow() throws IOException {
        writing.lock();
        try {
            switch (failure) {
                case null -> {}
                case IOException e -> throw e;
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                default -> throw new IllegalStateException(failure);
            }
        } finally {
            writing.unlock();
        }
    }
}
