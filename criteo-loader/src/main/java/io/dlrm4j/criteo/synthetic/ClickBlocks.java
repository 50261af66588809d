package io.dlrm4j.criteo.synthetic;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Makes blocks of rows on several threads and hands them out in order. Two blocks a thread are in memory at a time.
final class ClickBlocks implements AutoCloseable {
    private static final long DEADLINE_SECONDS = 120;

    private final ClickModel model;
    private final long[] ends;
    private final ExecutorService makers;
    private final Deque<Future<ClickBlock>> pending = new ArrayDeque<>();
    private long next;
    private int part;

    /// @param ends ascending row numbers that no block reaches across; the last is the number of all rows
    /// @param text whether blocks hold raw lines, else columns
    ClickBlocks(ClickModel model, long[] ends, boolean text, int threads) {
        this.model = model;
        this.ends = ends;
        this.makers = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().daemon().name("generate-", 0).factory());
        for (int i = 0; i < 2 * threads; i++) {
            start(new ClickBlock(text));
        }
    }

    private void start(ClickBlock block) {
        if (part == ends.length) {
            return;
        }
        long first = next;
        int rows = (int) Math.min(ClickBlock.ROWS, ends[part] - first);
        next += rows;
        if (next == ends[part]) {
            part++;
        }
        pending.add(makers.submit(() -> {
            block.fill(model, first, rows);
            return block;
        }));
    }

    /// @return whether there is another block
    boolean hasNext() {
        return !pending.isEmpty();
    }

    /// Waits for the next block.
    ///
    /// @return to be given back to [#reuse] when it has been written
    ClickBlock next() {
        try {
            return pending.remove().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "generate: a block of %d rows took more than %d s".formatted(ClickBlock.ROWS, DEADLINE_SECONDS), e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("generate: a thread ended: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("generate: interrupted while waiting for rows", e);
        }
    }

    /// Takes a written block for rows to come.
    void reuse(ClickBlock block) {
        start(block);
    }

    /// Ends the threads; blocks being made are short, so they end by themselves.
    @Override
    public void close() {
        makers.shutdownNow();
    }
}
