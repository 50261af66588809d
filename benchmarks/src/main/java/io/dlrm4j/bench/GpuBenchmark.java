package io.dlrm4j.bench;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.config.PrecisionKind;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.Engines;
import io.dlrm4j.testkit.EngineChecks;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.testkit.WholeStepRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/// The engine `cuda` on the card of this machine: first whether it is right, then how fast. Needs neither
/// Maven nor ND4J; `benchmarks/gpu/run` starts it.
///
/// ```
/// GpuBenchmark out=FILE [cuda.path=FOLDERS] [shapes=kaggle,mlperf,mlperf-multihot] [batches=2048,16384,65536]
///              [precisions=FP32,TF32,BF16] [bandwidth=TB/S] [rows=MOST] [optimizer=SGD] [seconds=S]
/// ```
///
/// Writes one JSON object a line. Correct means: losses, MLPs, tables and their state of every kind of model
/// and update rule within 1e-5 of double precision over five steps in FP32, piece by piece and as a whole step.
public final class GpuBenchmark {
    private static final int[] CHECKED_STEPS = {9, 9, 4, 1, 9};
    private static final float RATE = 0.05f;

    private final Map<String, String> arguments;
    private final Path out;

    private GpuBenchmark(Map<String, String> arguments) {
        this.arguments = arguments;
        this.out = Path.of(arguments.getOrDefault("out", "gpu.jsonl"));
    }

    /// @param args as above
    public static void main(String[] args) throws IOException {
        Map<String, String> arguments = new HashMap<>();
        for (String arg : args) {
            int equals = arg.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(arg + ", want KEY=VALUE as batches=2048");
            }
            arguments.put(arg.substring(0, equals), arg.substring(equals + 1));
        }
        new GpuBenchmark(arguments).run();
    }

    private void run() throws IOException {
        Files.writeString(out, "");
        try (Engine engine = open(PrecisionKind.FP32)) {
            System.out.println(engine.description());
            check(engine);
            write("{\"card\": \"%s\", \"correct\": true}".formatted(engine.description()));
        }
        List<Integer> batches =
                list("batches", "2048,16384,65536").map(Integer::valueOf).toList();
        for (String shape : list("shapes", "kaggle,mlperf,mlperf-multihot").toList()) {
            for (String precision : list("precisions", "FP32,TF32,BF16").toList()) {
                time(shape, PrecisionKind.valueOf(precision), batches);
            }
        }
        System.out.println("written: " + out);
    }

    private Stream<String> list(String key, String otherwise) {
        return Stream.of(arguments.getOrDefault(key, otherwise).split(","));
    }

    private Engine open(PrecisionKind precision) {
        JobConfig.Builder config = JobConfig.newBuilder();
        config.getTrainBuilder().setEngine("cuda");
        config.getCudaBuilder()
                .setPath(arguments.getOrDefault("cuda.path", ""))
                .setCache(arguments.getOrDefault("cache", ""))
                .setPrecision(precision);
        return Engines.open(config.build());
    }

    private static void check(Engine engine) {
        EngineChecks.takesTheSameStepsWithOneIdASample(engine);
        EngineChecks.takesTheSameStepsWithManyIdsASample(engine);
        for (OptimizerKind rule : OptimizerKind.values()) {
            for (InteractionKind interaction : InteractionKind.values()) {
                RandomBatches source = RandomBatches.multiHot(5, 32, EngineChecks.DENSE, 4, EngineChecks.rows());
                try (WholeStepRun run =
                        new WholeStepRun(engine, EngineChecks.shape(interaction, false, LossKind.BCE), rule, source)) {
                    run.train(CHECKED_STEPS, RATE, EngineChecks.SINGLE_PRECISION);
                    run.compareWeights(EngineChecks.SINGLE_PRECISION);
                    run.compareLogits(3, 9);
                }
            }
        }
        System.out.println("correct: every model and update rule within 1e-5 of double precision");
    }

    private void time(String name, PrecisionKind precision, List<Integer> batches) throws IOException {
        long mostRows = Long.parseLong(arguments.getOrDefault("rows", "100000000"));
        GpuModel model = GpuModel.named(name, mostRows);
        OptimizerKind rule = OptimizerKind.valueOf(arguments.getOrDefault("optimizer", "SGD"));
        double bandwidth = Double.parseDouble(arguments.getOrDefault("bandwidth", "4.3"));
        double seconds = Double.parseDouble(arguments.getOrDefault("seconds", "1"));
        int most = batches.stream().mapToInt(Integer::intValue).max().orElseThrow();
        try (Engine engine = open(precision);
                GpuTiming timing = new GpuTiming(engine, model, rule, most)) {
            for (int batch : batches) {
                GpuTiming.Result result = timing.measure(batch, seconds);
                double bytesFloor = model.bytesOfSample(precision) * batch / bandwidth * 1e-6;
                double flopsFloor = model.flopsOfSample() * batch / GpuModel.flopsPerMicrosecond(precision);
                double floor = Math.max(bytesFloor, flopsFloor);
                String line = String.format(
                        Locale.ROOT,
                        "{\"framework\": \"dlrm4j\", \"shape\": \"%s\", \"precision\": \"%s\", \"optimizer\": \"%s\", \"batch\": %d, "
                                + "\"step_us\": %.1f, \"fastest_us\": %.1f, \"slowest_us\": %.1f, \"samples_per_s\": %.0f, "
                                + "\"bytes_floor_us\": %.1f, \"flops_floor_us\": %.1f, \"share_of_floor\": %.3f, \"loss\": %.4f}",
                        name,
                        precision,
                        rule,
                        batch,
                        result.median(),
                        result.fastest(),
                        result.slowest(),
                        batch / result.median() * 1e6,
                        bytesFloor,
                        flopsFloor,
                        floor / result.median(),
                        result.loss());
                write(line);
                System.out.println(line);
            }
        }
    }

    private void write(String line) throws IOException {
        Files.writeString(out, line + "\n", StandardOpenOption.APPEND);
    }
}
