package io.dlrm4j.peers;

import io.dlrm4j.bench.peers.BatchFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// What both models start from: one table that holds the rows of all 26, and the layers of both MLPs.
///
/// @param table `[rows of all tables, 16]`
/// @param bottom layers of 13-512-256-64-16
/// @param top layers of 367-512-256-1
record TorchWeights(Tensor table, List<Layer> bottom, List<Layer> top) {
    static final int DIM = 16;
    static final int VECTORS = BatchFile.TABLES + 1;
    static final int PAIRS = VECTORS * (VECTORS - 1) / 2;

    private static final int[] BOTTOM = {BatchFile.DENSE, 512, 256, 64, DIM};
    private static final int[] TOP = {DIM + PAIRS, 512, 256, 1};
    private static final double TABLE_BOUND = 0.01;

    /// One layer.
    ///
    /// @param weight `[out, in]`
    /// @param bias `[out]`
    record Layer(Tensor weight, Tensor bias) {}

    /// @return random weights
    static TorchWeights random(int[] tables) {
        Tensor table = torch.empty(IntStream.of(tables).asLongStream().sum(), DIM);
        table.uniform_(-TABLE_BOUND, TABLE_BOUND, new GeneratorOptional());
        return new TorchWeights(table, layers(BOTTOM), layers(TOP));
    }

    private static List<Layer> layers(int[] widths) {
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i + 1 < widths.length; i++) {
            Tensor weight = torch.empty(widths[i + 1], widths[i]);
            weight.normal_(0, Math.sqrt(2.0 / (widths[i] + widths[i + 1])), new GeneratorOptional());
            Tensor bias = torch.empty(widths[i + 1]);
            bias.normal_(0, Math.sqrt(1.0 / widths[i + 1]), new GeneratorOptional());
            layers.add(new Layer(weight, bias));
        }
        return layers;
    }

    /// @param file tables in order, then each layer's weight and bias
    static TorchWeights read(Path file, int[] tables) throws IOException {
        TorchWeights weights = random(tables);
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(file)) {
            MemorySegment content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            long at = fill(weights.table, content, 0);
            for (List<Layer> layers : List.of(weights.bottom, weights.top)) {
                for (Layer layer : layers) {
                    at = fill(layer.weight, content, at);
                    at = fill(layer.bias, content, at);
                }
            }
            if (at != content.byteSize()) {
                throw new IOException("%s: length=%d, want %d; verify again".formatted(file, content.byteSize(), at));
            }
        }
        return weights;
    }

    private static long fill(Tensor tensor, MemorySegment content, long at) {
        long bytes = tensor.numel() * Float.BYTES;
        tensor.copy_(floats(content.asSlice(at, bytes), tensor.numel()).view(tensor.sizes()));
        return at + bytes;
    }

    /// @return a copy of floats
    static Tensor floats(MemorySegment segment, long... sizes) {
        FloatPointer floats =
                new FloatPointer(segment.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer());
        return torch.from_blob(floats, sizes).clone();
    }

    /// @return places within a flattened 27 x 27 product, row by row below the diagonal, as the reference orders pairs
    static long[] pairPlaces() {
        long[] places = new long[PAIRS];
        for (int i = 1, at = 0; i < VECTORS; i++) {
            for (int j = 0; j < i; j++) {
                places[at++] = (long) i * VECTORS + j;
            }
        }
        return places;
    }
}
