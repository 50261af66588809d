package io.dlrm4j.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The library that others read our files with reads them, to the last bit, where this machine has it: a Python
/// (`python3`, or the one that the variable PYTHON names) with safetensors and numpy.
class PythonSafetensorsIT {
    private static final String PYTHON = Objects.requireNonNullElse(System.getenv("PYTHON"), "python3");
    private static final String SCRIPT = """
            import sys, zlib
            from safetensors import safe_open
            for path in sys.argv[1:]:
                with safe_open(path, framework="numpy") as file:
                    for name in file.keys():
                        tensor = file.get_tensor(name)
                        print(name, "x".join(map(str, tensor.shape)), zlib.crc32(tensor.tobytes()))
            """;

    @TempDir
    Path folder;

    /// @return what Python printed; empty when it failed
    private static String python(String... arguments) throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 1];
        command[0] = PYTHON;
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0 ? out : "";
        } catch (IOException e) {
            return ""; // there is no such program
        }
    }

    private static long crc(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        CRC32 crc = new CRC32();
        crc.update(bytes.array());
        return crc.getValue();
    }

    @Test
    void readsEveryTensorOfACheckpoint() throws Exception {
        assumeTrue(
                !python("-c", "import safetensors, numpy; print(1)").isEmpty(),
                "no Python with safetensors and numpy; set PYTHON to one");
        JobConfig config = SmallModel.config(OptimizerKind.ADAGRAD).build();
        Map<String, float[]> weights = new TreeMap<>();
        Path[] saved = new Path[1];
        LocalWorld.run(1, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(folder, Disk.REAL)) {
                store.openForWriting();
                try (CheckpointSaver saver = model.saver(store, config)) {
                    model.train(3, saver);
                    saved[0] = model.save(saver).path();
                }
                weights.putAll(model.weights());
            }
        });

        String read = python(
                "-c",
                SCRIPT,
                saved[0].resolve("dense.safetensors").toString(),
                saved[0].resolve("rank-0000.safetensors").toString());

        assertThat(read.lines())
                .contains(
                        "emb.0.weight[0:800] 800x4 " + crc(weights("emb.0.weight[0:800]", weights)),
                        "state.emb.0.weight[0:800] 800x4 " + crc(weights("state of emb.0.weight[0:800]", weights)),
                        "emb.3.weight[0:7] 7x4 " + crc(weights("emb.3.weight[0:7]", weights)))
                .anyMatch(line -> line.startsWith("bot.0.weight 8x5 "))
                .anyMatch(line -> line.startsWith("state.top.1.bias 1 "))
                .hasSize(2 * 8 + 2 * 4);
    }

    private static float[] weights(String name, Map<String, float[]> all) {
        return Objects.requireNonNull(all.get(name), name);
    }
}
