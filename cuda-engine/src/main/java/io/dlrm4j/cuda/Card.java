package io.dlrm4j.cuda;

import io.dlrm4j.cuda.api.Algorithms;
import io.dlrm4j.cuda.api.CardModel;
import io.dlrm4j.cuda.api.CublasLt;
import io.dlrm4j.cuda.api.CudaException;
import io.dlrm4j.cuda.api.CudaLibraries;
import io.dlrm4j.cuda.api.CudaUnavailableException;
import io.dlrm4j.cuda.api.Driver;
import io.dlrm4j.cuda.api.Driver.Attribute;
import io.dlrm4j.cuda.api.Lane;
import io.dlrm4j.cuda.api.Product;
import io.dlrm4j.cuda.api.Work;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// One card, opened by one rank: its context, its streams, and the waits for them.
final class Card implements AutoCloseable {
    /// What one step, or one copy, may take at most before something must be wrong.
    private static final long DEADLINE_SECONDS = 120;

    private static final int OLDEST_MAJOR = 8;
    private static final int TRIALS = 10;

    private final CudaLibraries libraries;
    private final Driver driver;
    private final int device;
    private final CardModel model;
    private final int multiprocessors;
    private final int sharedMemory;
    private final DeviceMemory memory;
    private final Lane main;
    private final Lane side;
    private final long copies;
    private final long mark;
    private final long reached;
    private final long from;
    private final long until;
    private final Algorithms algorithms;
    private final long blas;
    private final Staging staging;
    private long step;
    private boolean rowsMove;

    /// @param cache where choices of algorithms are kept
    /// @param ordinal number of the card; several ranks may share one, and take their numbers modulo the cards
    /// @throws CudaUnavailableException when there is no card, or it is too old
    Card(CudaLibraries libraries, int ordinal, Path cache) {
        this.libraries = libraries;
        this.driver = libraries.driver();
        model = CardModel.of(driver, ordinal);
        requireKnown();
        device = driver.device(ordinal % driver.devices());
        multiprocessors = driver.attribute(device, Attribute.MULTIPROCESSORS);
        sharedMemory = driver.attribute(device, Attribute.SHARED_MEMORY);
        driver.use(driver.retain(device));
        memory = new DeviceMemory(this, "the card's scratch");
        main = lane();
        side = lane();
        copies = driver.createStream();
        mark = driver.createEvent(false);
        reached = driver.createEvent(false);
        from = driver.createEvent(true);
        until = driver.createEvent(true);
        blas = libraries.products().create();
        String machine = model.name() + ", cuBLASLt " + libraries.products().version();
        algorithms = new Algorithms(cache, machine);
        staging = new Staging(this);
    }

    private void requireKnown() {
        if (model.major() < OLDEST_MAJOR) {
            throw new CudaUnavailableException(
                    ("train.engine=cuda: card %s has compute capability %d.%d, want %d.0 or newer; "
                                    + "use --engine nd4j, built with -Pnd4j-cuda (3.7 to 8.6), or --engine cpu")
                            .formatted(model.name(), model.major(), model.minor(), OLDEST_MAJOR));
        }
    }

    private Lane lane() {
        return new Lane(driver.createStream(), memory.bytes("workspace of matrix products", Lane.WORKSPACE));
    }

    CudaLibraries libraries() {
        return libraries;
    }

    Driver driver() {
        return driver;
    }

    /// @return what matrix products on this card are made with
    Product.Maker products(CublasLt.Compute compute) {
        return new Product.Maker(libraries.products(), blas, compute, algorithms, this::microseconds);
    }

    /// The time of work on the main lane, after what is there already.
    private double microseconds(Work work) {
        work.enqueue(main);
        driver.record(from, main.stream());
        for (int i = 0; i < TRIALS; i++) {
            work.enqueue(main);
        }
        driver.record(until, main.stream());
        await(until, "a trial of a matrix product");
        return driver.milliseconds(from, until) * 1000.0 / TRIALS;
    }

    /// @return the stream of the step
    Lane main() {
        return main;
    }

    /// @return the stream of what may run beside it
    Lane side() {
        return side;
    }

    /// @return the stream on which batches travel
    long copies() {
        return copies;
    }

    /// @return the way for host memory that is not page-locked
    Staging staging() {
        return staging;
    }

    /// Says which step of the job is started next.
    void atStep(long next) {
        step = next;
    }

    /// @return the step of the job that is started next
    long step() {
        return step;
    }

    /// @return what no other card has
    byte[] uuid() {
        return driver.uuid(device);
    }

    /// @return as the compiler wants it: `sm_90`
    String architecture() {
        return "sm_" + model.major() + model.minor();
    }

    int multiprocessors() {
        return multiprocessors;
    }

    /// @return bytes of shared memory that one block may take
    int sharedMemory() {
        return sharedMemory;
    }

    /// @return name, capability and memory, for the log
    String description() {
        long[] bytes = driver.memory();
        return "%s (%d.%d), %d of %d MiB free"
                .formatted(model.name(), model.major(), model.minor(), bytes[0] >> 20, bytes[1] >> 20);
    }

    /// What is enqueued on the side lane from now on comes after what is on the main lane so far.
    void fork() {
        driver.record(mark, main.stream());
        driver.wait(side.stream(), mark);
    }

    /// What is enqueued on the main lane from now on comes after what is on the side lane so far.
    void join() {
        driver.record(mark, side.stream());
        driver.wait(main.stream(), mark);
    }

    /// Says that rows move on the side lane, and nobody waits for them yet.
    void rowsMove() {
        rowsMove = true;
    }

    /// What is enqueued on the main lane from now on comes after rows have moved.
    void joinRows() {
        if (rowsMove) {
            rowsMove = false;
            join();
        }
    }

    /// Waits until all that is on the main lane is done.
    void finish(String what) {
        driver.record(reached, main.stream());
        await(reached, what);
    }

    /// Waits for an event.
    ///
    /// @throws CudaException when something that it stands for failed, or it does not come
    void await(long event, String what) {
        await(event, what, Thread::onSpinWait);
    }

    /// Waits for an event as [#await(long, String)] does.
    ///
    /// @param meanwhile called again and again
    void await(long event, String what, Runnable meanwhile) {
        long start = System.nanoTime();
        while (!driver.done(event)) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS)) {
                throw new CudaException("%s: %s is not done after %d s, want less; is the card used by others?"
                        .formatted(model.name(), what, DEADLINE_SECONDS));
            }
            meanwhile.run();
        }
    }

    @Override
    public void close() {
        driver.synchronize(main.stream());
        driver.synchronize(side.stream());
        driver.synchronize(copies);
        staging.close();
        libraries.products().destroy(blas);
        driver.destroyEvent(mark);
        driver.destroyEvent(reached);
        driver.destroyEvent(from);
        driver.destroyEvent(until);
        driver.destroyStream(main.stream());
        driver.destroyStream(side.stream());
        driver.destroyStream(copies);
        memory.close();
        driver.release(device);
    }
}
