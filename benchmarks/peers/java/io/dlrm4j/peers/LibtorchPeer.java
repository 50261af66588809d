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

    private LibtorchPeer() {}

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
        for (String ids : options.ids()) {
            for (int samples : options.batches()) {
                try (PointerScope _ = new PointerScope()) {
                    List<TorchBatch> batches = TorchBatch.read(BatchFile.open(options.data(), ids, samples), tables);
                    if (options.verify().isEmpty()) {
                        System.out.println(StepWindows.measure(
                                        batches.size(),
                                        k -> model.step(batches.get(k)),
                                        options.warm(),
                                        options.measure(),
                                        mine -> mine)
                                .json(ids, samples, StepWindows.peakMebibytes()));
                    } else {
                        for (int k = 0; k < SideOptions.VERIFY_STEPS; k++) {
                            System.out.println(model.step(batches.get(k)));
                        }
                    }
                }
            }
        }
    }
}
