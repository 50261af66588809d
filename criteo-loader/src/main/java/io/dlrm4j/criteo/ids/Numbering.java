package io.dlrm4j.criteo.ids;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.memory.MemoryLimitException;
import io.dlrm4j.criteo.store.CriteoRow;
import io.dlrm4j.criteo.text.RowBlock;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Replaces the categories of blocks, which come in order, by ids. The columns of a block are shared between the caller
/// and a pool; since a column is numbered by one thread at a time, the ids are the same whatever the number of threads.
public final class Numbering {
    private static final long COLUMN_SECONDS = 120;

    private final Vocabulary vocabulary;
    private final @Nullable ExecutorService pool;
    private final int helpers;
    private final int[] firstUnseen = new int[CriteoRow.TABLES];

    /// @param vocabulary filled here unless it is given
    /// @param pool helps; null: the caller does it alone
    /// @param helpers most threads of the pool that help
    public Numbering(Vocabulary vocabulary, @Nullable ExecutorService pool, int helpers) {
        this.vocabulary = vocabulary;
        this.pool = pool;
        this.helpers = pool == null ? 0 : Math.min(helpers, CriteoRow.TABLES - 1);
    }

    /// The columns of one block; a helper that comes too late finds none left.
    private final class Work implements Runnable {
        private final RowBlock block;
        private final AtomicInteger next = new AtomicInteger();
        private final CountDownLatch done = new CountDownLatch(CriteoRow.TABLES);
        private final AtomicReference<Throwable> failure = new AtomicReference<>();

        Work(RowBlock block) {
            this.block = block;
        }

        @Override
        public void run() {
            for (int table = next.getAndIncrement(); table < CriteoRow.TABLES; table = next.getAndIncrement()) {
                try {
                    column(block, table);
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                } finally {
                    done.countDown();
                }
            }
        }
    }

    /// Replaces [RowBlock#keys] by ids; waits until all columns are done.
    ///
    /// @throws MemoryLimitException when a dictionary would have to be larger than memory allows
    /// @throws UnseenException for the first value that has no id and no row for such
    public void number(RowBlock block) {
        Arrays.fill(firstUnseen, Integer.MAX_VALUE);
        Work work = new Work(block);
        for (int i = 0; i < helpers && pool != null; i++) {
            pool.execute(work);
        }
        work.run();
        try {
            if (!work.done.await(COLUMN_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("numbering: %d columns are not done within %d s"
                        .formatted(work.done.getCount(), COLUMN_SECONDS));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DataException("numbering: interrupted", e);
        }
        rethrow(work.failure.get());
        checkSeen(block);
    }

    private static void rethrow(@Nullable Throwable failure) {
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }

    private void column(RowBlock block, int table) {
        Dictionary dictionary = vocabulary.dictionaries().get(table);
        int[] keys = block.keys();
        int first = table * block.room();
        int end = first + block.rows();
        if (!vocabulary.given()) {
            dictionary.add(keys, first, end);
            return;
        }
        for (int i = first; i < end; i++) {
            int id = dictionary.find(keys[i]);
            if (id < 0 && !vocabulary.unseenRow()) {
                firstUnseen[table] = i - first;
                return;
            }
            keys[i] = id < 0 ? dictionary.size() : id;
        }
    }

    private void checkSeen(RowBlock block) {
        int table = 0;
        for (int t = 1; t < CriteoRow.TABLES; t++) {
            table = firstUnseen[t] < firstUnseen[table] ? t : table;
        }
        int row = firstUnseen[table];
        if (row != Integer.MAX_VALUE) {
            int value = block.keys()[table * block.room() + row];
            throw new UnseenException(block.line(row), Vocabulary.name(table), value);
        }
    }
}
