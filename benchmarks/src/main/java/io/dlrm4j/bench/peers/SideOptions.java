package io.dlrm4j.bench.peers;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What every side is told, as `--name value` pairs.
///
/// @param data folder of the batches
/// @param ids kinds of ids to measure
/// @param batches batch sizes to measure
/// @param threads compute threads of the process
/// @param start seconds of training on every batch size at the start of the process
/// @param warm seconds before the first window of a measurement
/// @param measure seconds of windows
/// @param form how the model is written, for sides that have several
/// @param verify folder for a comparison of losses instead of a measurement; empty: measure
public record SideOptions(
        Path data,
        List<String> ids,
        List<Integer> batches,
        int threads,
        double start,
        double warm,
        double measure,
        String form,
        String verify) {

    /// Steps of a comparison.
    public static final int VERIFY_STEPS = 8;

    /// Reads what `words()` wrote.
    public static SideOptions parse(String... words) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i + 1 < words.length; i += 2) {
            values.put(words[i], words[i + 1]);
        }
        if (!values.containsKey("--data")) {
            throw new IllegalArgumentException("options: --data is missing; benchmarks/run-peers starts this program");
        }
        return new SideOptions(
                Path.of(values.get("--data")),
                List.of(values.getOrDefault("--ids", "zipf").split(",")),
                Arrays.stream(values.getOrDefault("--batches", "128").split(","))
                        .map(Integer::valueOf)
                        .toList(),
                Integer.parseInt(values.getOrDefault("--threads", "1")),
                Double.parseDouble(values.getOrDefault("--start", "0")),
                Double.parseDouble(values.getOrDefault("--warm", "1")),
                Double.parseDouble(values.getOrDefault("--measure", "2")),
                values.getOrDefault("--form", ""),
                values.getOrDefault("--verify", ""));
    }

    /// @return the samples of the largest batch
    public int largestBatch() {
        return batches.stream().mapToInt(Integer::intValue).max().orElseThrow();
    }
}
