package io.dlrm4j.comm;

import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.io.IOException;
import java.lang.foreign.SegmentAllocator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;

/// A rank as a process for [FailureIT]: sums until a failure stops it, or until any rank sees the file that ends it.
///
/// Arguments: file of settings (`name=value` lines, names as in [WorldConfig#fromEnvironment]), file for when
/// ([System#nanoTime]) and with what it ends, file that it creates once it is summing, file whose existence ends it,
/// `frames` or `shared`: how sums travel.
final class FailingRank {
    private FailingRank() {}

    public static void main(String[] arguments) throws Exception {
        Properties settings = new Properties();
        try (var reader = Files.newBufferedReader(Path.of(arguments[0]))) {
            settings.load(reader);
        }
        Map<String, String> environment = new HashMap<>();
        settings.forEach((name, value) -> environment.put((String) name, (String) value));
        WorldConfig config =
                WorldConfig.fromEnvironment(environment, Duration.ofSeconds(30), Duration.ofSeconds(30), 1 << 18);
        String end = sum(config, Path.of(arguments[2]), Path.of(arguments[3]), arguments[4].equals("frames"));
        Files.writeString(Path.of(arguments[1]), end);
    }

    private static String sum(WorldConfig config, Path started, Path stop, boolean byFrames) {
        try (Communicator c = World.join(config, Map.of("config hash", "1"), FloatSum.PLAIN);
                OffHeap memory = OffHeap.unlimited("rank")) {
            SegmentAllocator shared = Objects.requireNonNull(c.sharedMemory());
            Floats data = byFrames ? memory.floats("data", 100_000) : new Floats(shared.allocate(400_000, 4));
            String end = sum(c, data, started, stop);
            return System.nanoTime() + "\n" + end;
        } catch (CommException | IOException e) { // of joining
            return System.nanoTime() + "\n" + e.getMessage();
        }
    }

    private static String sum(Communicator c, Floats data, Path started, Path stop) throws IOException {
        for (long round = 0; ; round++) {
            data.fill(1);
            data.set(0, Files.exists(stop) ? 1 : 0); // all see the sum, so all stop in the same round
            try {
                c.allReduce(Lane.DENSE, data).await();
            } catch (CommException e) {
                return String.valueOf(e.getMessage());
            }
            if (data.get(99_999) != c.size()) {
                return "wrong sum " + data.get(99_999);
            }
            if (data.get(0) > 0) {
                return "done";
            }
            if (round == 10) {
                Files.write(started, "started".getBytes(StandardCharsets.UTF_8));
            }
        }
    }
}
