package io.dlrm4j.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.cuda.api.KernelCache;
import io.dlrm4j.cuda.api.Launcher;
import io.dlrm4j.cuda.api.Matrix;
import io.dlrm4j.cuda.api.Work;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The kernels of `dlrm.cu`, compiled for one shape and loaded on a card.
final class Kernels implements AutoCloseable {
    /// Threads of a block unless a kernel says otherwise.
    static final int THREADS = 256;

    private static final String SOURCE = "dlrm.cu";

    private final Card card;
    private final Shape shape;
    private final Launcher launcher;
    private final long module;
    private final Arena arguments = Arena.ofShared();

    /// The sizes that kernels are compiled for; `dlrm.cu` says what each means.
    ///
    /// @param dim width of an embedding row
    /// @param features vectors that meet
    /// @param itself whether a vector meets itself
    /// @param hidden padded width of the last layer's input
    /// @param storage how activations and rows are stored
    record Shape(int dim, int features, boolean itself, int hidden, Storage storage) {
        private static final int WIDEST = 256;

        Shape {
            if (dim > WIDEST) {
                throw new IllegalArgumentException(
                        "train.engine=cuda: model.embedding_dim=%d, want 1 to %d".formatted(dim, WIDEST));
            }
        }

        static Shape of(DlrmShape model, int hidden, Storage storage) {
            return new Shape(model.embeddingDim(), model.features(), model.interactionItself(), hidden, storage);
        }

        /// For tables without a model around them.
        static Shape ofRows(int dim, Storage storage) {
            return new Shape(dim, 1, false, 8, storage);
        }

        List<String> options(String architecture) {
            return List.of(
                    "--gpu-architecture=" + architecture,
                    "--std=c++17",
                    "-DDIM=" + dim,
                    "-DFEATURES=" + features,
                    "-DITSELF=" + (itself ? 1 : 0),
                    "-DHIDDEN=" + hidden,
                    "-DBF16=" + (storage.activations() == Matrix.Type.BF16 ? 1 : 0),
                    "-DBF16_ROWS=" + (storage.rows() == Matrix.Type.BF16 ? 1 : 0));
        }

        /// @return floats of a row on the card
        int padded() {
            return Rounding.up(dim, 4);
        }

        /// @return lanes that share a row
        int group() {
            return Math.min(32, Integer.highestOneBit(2 * (padded() / 4) - 1));
        }
    }

    /// How many threads a launch has.
    ///
    /// @param wanted blocks that would do all work at once; fewer run and take turns where the card is full
    /// @param y blocks in the other direction, or 1
    /// @param threadsX threads of a block
    /// @param threadsY threads of a block in the other direction, or 1
    /// @param shared bytes of dynamic shared memory of a block
    record Grid(long wanted, int y, int threadsX, int threadsY, int shared) {
        /// One thread for each of `items`.
        static Grid of(long items) {
            return new Grid(Math.ceilDiv(items, (long) THREADS), 1, THREADS, 1, 0);
        }
    }

    /// @param cache where compiled kernels are kept
    Kernels(Card card, KernelCache cache, Shape shape) {
        this.card = card;
        this.shape = shape;
        this.launcher = card.libraries().launcher();
        this.module = launcher.load(
                cache.get(card.libraries().compiler(), source(), SOURCE, shape.options(card.architecture())));
    }

    /// @return what they are compiled for
    Shape shape() {
        return shape;
    }

    private static String source() {
        try (@Nullable InputStream text = Kernels.class.getResourceAsStream(SOURCE)) {
            if (text == null) {
                throw new IllegalStateException("class path: no io/dlrm4j/cuda/" + SOURCE + "; build the module again");
            }
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Prepares a launch.
    ///
    /// @param arguments in the kernel's order: Long for addresses and 64-bit integers, Integer, Float, or a
    ///     struct
    Work launch(String kernel, Grid grid, Object... arguments) {
        long function = launcher.function(module, kernel);
        int threads = grid.threadsX() * grid.threadsY();
        int atOnce = launcher.occupancy(function, threads, grid.shared()) * card.multiprocessors();
        int x = Math.clamp(grid.wanted(), 1, Math.max(1, Math.ceilDiv(atOnce, grid.y())));
        MemorySegment pointers = this.arguments.allocate(ADDRESS, arguments.length);
        for (int i = 0; i < arguments.length; i++) {
            pointers.setAtIndex(ADDRESS, i, value(arguments[i]));
        }
        return lane -> launcher.launch(
                function, x, grid.y(), grid.threadsX(), grid.threadsY(), grid.shared(), lane.stream(), pointers);
    }

    private MemorySegment value(Object argument) {
        return switch (argument) {
            case Long v -> arguments.allocateFrom(JAVA_LONG, v);
            case Integer v -> arguments.allocateFrom(JAVA_INT, v);
            case Float v -> arguments.allocateFrom(JAVA_FLOAT, v);
            case MemorySegment struct ->
                arguments.allocate(struct.byteSize(), Long.BYTES).copyFrom(struct);
            default ->
                throw new IllegalArgumentException(
                        "kernel argument of %s, want Long, Integer, Float or a struct".formatted(argument.getClass()));
        };
    }

    @Override
    public void close() {
        launcher.unload(module);
        arguments.close();
    }
}
