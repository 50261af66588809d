package io.dlrm4j.trainer.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.memory.OffHeap;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PrefetchTest {
    private static final int TIMEOUT_SECONDS = 20;

    @Test
    void givesEveryStepItsOwnSamplesInOrder() {
        try (OffHeap memory = OffHeap.unlimited("test");
                CountingSource source = new CountingSource(10);
                Prefetch reader = prefetch(source, memory, 3, TIMEOUT_SECONDS)) {
            reader.start();
            for (long step = 3; step < 30; step++) {
                Batch batch = reader.next();
                assertThat(batch.globalSize()).isEqualTo(step % 3 == 2 ? 2 : 4);
                assertThat(batch.labels().get(0)).isEqualTo((float) (step % 3 * 4));
            }
        }
    }

    @Test
    void theBatchInUseIsNotOverwritten() throws InterruptedException {
        try (OffHeap memory = OffHeap.unlimited("test");
                CountingSource source = new CountingSource(10);
                Prefetch reader = prefetch(source, memory, 0, TIMEOUT_SECONDS)) {
            reader.start();
            Batch first = reader.next();
            source.secondRead.await();
            assertThat(first.labels().get(0)).isZero();
            assertThat(source.reads).hasValueLessThanOrEqualTo(2);
        }
    }

    @Test
    void whatTheSourceThrowsComesOutWithItsMessage() {
        try (OffHeap memory = OffHeap.unlimited("test");
                CountingSource source = new CountingSource(10);
                Prefetch reader = prefetch(source, memory, 0, TIMEOUT_SECONDS)) {
            source.failAt = 8;
            reader.start();
            reader.next();
            reader.next();
            assertThatThrownBy(reader::next)
                    .isInstanceOf(DataException.class)
                    .hasMessage("day_0/sparse.npy: row 8, column C3: id 77, want 0 to 9");
        }
    }

    @Test
    void aReadThatHangsIsAnErrorThatNamesTheSamples() {
        CountDownLatch release = new CountDownLatch(1);
        try (OffHeap memory = OffHeap.unlimited("test");
                CountingSource source = new CountingSource(10)) {
            source.hang = release;
            Prefetch reader = prefetch(source, memory, 1, 0);
            reader.start();
            assertThatThrownBy(reader::next)
                    .isInstanceOf(DataException.class)
                    .hasMessage("step 1: samples 4 to 8 were not read within 0 s; check the disk");
            release.countDown();
            assertThat(source.reads).hasValueLessThanOrEqualTo(2);
            awaitEnd(reader);
        }
    }

    private static void awaitEnd(Prefetch reader) {
        try {
            reader.close();
        } catch (DataException e) { // with a timeout of nothing it may say so once more
            assertThat(e).hasMessage("the reader did not stop within 0 s; check the disk");
        }
    }

    @Test
    void closesWithoutHavingStarted() {
        try (OffHeap memory = OffHeap.unlimited("test");
                CountingSource source = new CountingSource(10)) {
            prefetch(source, memory, 0, TIMEOUT_SECONDS).close();
            assertThat(source.reads).hasValue(0);
        }
    }

    private static Prefetch prefetch(BatchSource source, OffHeap memory, long firstStep, int timeoutSeconds) {
        Schedule schedule = new Schedule(10, 4, false, 30);
        Batch[] batches = {
            new Batch(memory, "A", source.schema(), 4, 0, 1, new boolean[0]),
            new Batch(memory, "B", source.schema(), 4, 0, 1, new boolean[0])
        };
        return new Prefetch(source, schedule, firstStep, batches, () -> {}, ReadListener.NONE, timeoutSeconds);
    }

    /// Sample i has label i.
    private static final class CountingSource implements BatchSource {
        private final long samples;
        private final AtomicLong reads = new AtomicLong();
        private final CountDownLatch secondRead = new CountDownLatch(2);
        private volatile long failAt = -1;
        private volatile CountDownLatch hang = new CountDownLatch(0);

        CountingSource(long samples) {
            this.samples = samples;
        }

        @Override
        public Schema schema() {
            return new Schema(1, List.of());
        }

        @Override
        public long samples() {
            return samples;
        }

        @Override
        public void read(long first, int count, Batch into) {
            try {
                hang.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (first == failAt) {
                throw new DataException("day_0/sparse.npy: row 8, column C3: id 77, want 0 to 9");
            }
            into.globalSize(count);
            for (int i = 0; i < count; i++) {
                into.labels().set(i, (float) (first + i));
            }
            reads.incrementAndGet();
            secondRead.countDown();
        }

        @Override
        public void close() {}
    }
}
