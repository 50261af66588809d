package io.dlrm4j.peers;

import io.dlrm4j.bench.peers.BatchFile;
import io.dlrm4j.bench.peers.SideOptions;
import io.dlrm4j.bench.peers.StepWindows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;

/// A side on libtorch; `--form autograd` or `--form manual`.
public final class LibtorchPeer {
    private static final float LEARNING_RATE = 0.1f;

    private final SideOptions options;
    private final int[] tables;
    private final TorchModel model;

    private LibtorchPeer(SideOptions options, int[] tables, TorchModel model) {
        this.options = options;
        this.tables = tables;
        this.model = model;
    }

    /// @param words [SideOptions]
    public static void main(String... words) throws IOException {
        SideOptions options = SideOptions.parse(words);
        torch.set_num_interop_threads(1);
        torch.set_num_threads(options.threads());
        int[] tables = BatchFile.tables(options.data());
        TorchWeights weights = options.verify().isEmpty()
                ? TorchWeights.random(tables)
                : TorchWeights.read(Path.of(options.verify(), "weights.bin"), tables);
        TorchModel model =
                switch (options.form()) {
                    case "autograd" -> new AutogradModel(weights, LEARNING_RATE);
                    case "manual" -> new ManualModel(weights, LEARNING_RATE);
                    default ->
                        throw new IllegalArgumentException(
                                "--form %s, want autograd or manual".formatted(options.form()));
                };
        System.err.println(torch.show_config().getString().strip().replaceAll("\\s+", " "));
        LibtorchPeer peer = new LibtorchPeer(options, tables, model);
        if (options.verify().isEmpty()) {
            peer.measure();
        } else {
            peer.verify(options.ids().getFirst(), options.largestBatch());
        }
    }

    private void measure() throws IOException {
        for (int samples : options.batches()) {
            try (PointerScope _ = new PointerScope()) {
                List<TorchBatch> batches = read(options.ids().getFirst(), samples);
                StepWindows.start(batches.size(), k -> model.step(batches.get(k)), options.start(), mine -> mine);
            }
        }
        for (String ids : options.ids()) {
            for (int samples : options.batches()) {
                try (PointerScope _ = new PointerScope()) {
                    List<TorchBatch> batches = read(ids, samples);
                    StepWindows.Measured measured = StepWindows.measure(
                            batches.size(),
                            k -> model.step(batches.get(k)),
                            options.warm(),
                            options.measure(),
                            mine -> mine);
                    System.out.println(measured.json(ids, samples, "", StepWindows.peakMebibytes()));
                }
            }
        }
    }

    private void verify(String ids, int samples) throws IOException {
        List<TorchBatch> batches = read(ids, samples);
        for (int k = 0; k < SideOptions.VERIFY_STEPS; k++) {
            System.out.println(model.step(batches.get(k)));
        }
    }

    private List<TorchBatch> read(String ids, int samples) throws IOException {
        return TorchBatch.read(BatchFile.open(options.data(), ids, samples), tables);
    }
}
