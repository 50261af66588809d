package io.dlrm4j.criteo.text;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Raw files as blocks of parsed rows, in order.
///
/// ```
/// reader thread ──▶ parsers (the pool) ──▶ caller of next(), in order of reading
///       ▲                                        │
///       └────────────── recycle() ───────────────┘
/// ```
///
/// Without a pool all of it happens in [#next]. As many blocks as the pool has threads, and two more, are under way.
public final class ParsedBlocks implements AutoCloseable {
    private static final long LOOK_MILLIS = 100;

    private final RowParser parser;
    private final LineBlocks lines;
    private final @Nullable ExecutorService pool;
    private final BlockingQueue<RowBlock> free;
    private final BlockingQueue<FutureTask<RowBlock>> parsed;
    private final @Nullable Thread reader;
    private volatile boolean closed;
    private @Nullable RowBlock own;

    /// @param files raw files in order, plain or gzip
    /// @param maxIndRange categories are taken modulo this, as unsigned values; 0: they are not
    /// @param pool parses; null: the caller does; must outlive this
    /// @param parsers threads of the pool
    public ParsedBlocks(List<Path> files, long maxIndRange, @Nullable ExecutorService pool, int parsers) {
        this.parser = new RowParser(maxIndRange);
        this.lines = new LineBlocks(files);
        this.pool = pool;
        int blocks = pool == null ? 1 : parsers + 2;
        this.free = new ArrayBlockingQueue<>(blocks);
        this.parsed = new ArrayBlockingQueue<>(blocks + 1);
        for (int i = 0; i < blocks; i++) {
            free.add(new RowBlock());
        }
        this.reader = pool == null
                ? null
                : Thread.ofPlatform().name("prepare-reader").daemon().unstarted(this::read);
        if (reader != null) {
            reader.start();
        }
    }

    private void read() {
        try {
            while (!closed) {
                RowBlock block = free.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (block != null && !readOne(block)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Hands over a block, the end, or why there is none, always through the queue.
    private boolean readOne(RowBlock block) throws InterruptedException {
        FutureTask<RowBlock> task;
        boolean more = false;
        try {
            more = lines.fill(block);
            boolean filled = more;
            task = new FutureTask<>(() -> filled ? parse(block) : null);
        } catch (IOException | RuntimeException e) {
            task = new FutureTask<>(() -> {
                throw e;
            });
        }
        parsed.put(task); // never full: it has room for all blocks
        if (more && pool != null) {
            pool.execute(task);
        } else {
            task.run();
        }
        return more;
    }

    private RowBlock parse(RowBlock block) {
        parser.parse(block);
        return block;
    }

    /// @return the next block, to be given back by [#recycle], or null at the end; waits for the reader and a parser
    public @Nullable RowBlock next() throws IOException {
        if (reader == null) {
            RowBlock block = own == null ? free.remove() : own;
            own = block;
            return lines.fill(block) ? parse(block) : null;
        }
        try {
            FutureTask<RowBlock> task = null;
            while (task == null) {
                task = parsed.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (task == null && parsed.isEmpty() && !reader.isAlive()) {
                    throw new IllegalStateException("prepare-reader ended without a word");
                }
            }
            return outcome(task);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("prepare: interrupted while waiting for prepare-reader", e);
        }
    }

    private static @Nullable RowBlock outcome(Future<RowBlock> task) throws IOException, InterruptedException {
        try {
            return task.get();
        } catch (CancellationException | ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IOException io) {
                throw io;
            }
            if (cause instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw new IllegalStateException("prepare: a parser failed", e);
        }
    }

    /// Gives a block back to be filled again.
    public void recycle(RowBlock block) {
        if (reader != null) {
            free.add(block);
        }
    }

    /// Ends the reader; the pool stays its owner's.
    @Override
    public void close() throws IOException {
        closed = true;
        try {
            if (reader != null) {
                reader.interrupt();
                reader.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        lines.close();
    }
}
