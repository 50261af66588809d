package io.dlrm4j.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dlrm4j.bench.GpuTiming.Effort;
import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.config.PrecisionKind;
import io.dlrm4j.core.config.RowKind;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.Engines;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.testkit.EngineChecks;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.testkit.StandIn;
import io.dlrm4j.testkit.WholeStepRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// The engine `cuda` on the card of this machine: first whether it is right, then how fast. Needs neither
/// Maven nor ND4J; `benchmarks/gpu/run` starts it.
///
/// ```
/// GpuBenchmark out=FILE [cuda.path=FOLDERS] [cache=FOLDER] [shapes=kaggle,mlperf,mlperf-multihot]
///              [batches=2048,16384,65536] [precisions=TF32,BF16,FP32] [rows=FLOAT] [most_rows=N]
///              [optimizer=SGD] [seconds=S] [rounds=N] [budget=SECONDS] [bandwidth=TB/S] [rehearse=FOLDER]
/// ```
///
/// Writes one JSON object a line, each as soon as it is known. A part that fails writes `failed` and the next
/// one goes on; parts after `budget` seconds write `skipped`. Ends with an error when a part failed. Correct
/// means: losses, MLPs, tables and their state within 1e-5 of double precision over five steps in FP32, piece by
/// piece, as a group, and as a whole step. `rehearse` runs all of it on the testkit's stand-in for a card, which
/// says nothing about speed.
public final class GpuBenchmark {
    private static final int[] CHECKED_STEPS = {9, 9, 4, 1, 9};
    private static final float RATE = 0.05f;
    private static final Set<String> KEYS = new TreeSet<>(Set.of(
            "out",
            "cuda.path",
            "cache",
            "shapes",
            "batches",
            "precisions",
            "rows",
            "most_rows",
            "optimizer",
            "seconds",
            "rounds",
            "budget",
            "bandwidth",
            "rehearse"));

    private final Map<String, String> arguments;
    private final Path out;
    private final long start = System.nanoTime();
    private int failures;

    /// A part of the work.
    @FunctionalInterface
    private interface Part {
        void run() throws IOException;
    }

    private GpuBenchmark(Map<String, String> arguments) {
        this.arguments = arguments;
        this.out = Path.of(arguments.getOrDefault("out", "gpu.jsonl"));
    }

    /// @param args as above
    public static void main(String[] args) throws IOException, InterruptedException {
        Map<String, String> arguments = new HashMap<>();
        for (String arg : args) {
            int equals = arg.indexOf('=');
            if (equals < 1 || !KEYS.contains(arg.substring(0, equals))) {
                throw new IllegalArgumentException("%s, want KEY=VALUE with one of %s".formatted(arg, KEYS));
            }
            arguments.put(arg.substring(0, equals), arg.substring(equals + 1));
        }
        int failures = new GpuBenchmark(arguments).run();
        if (failures > 0) {
            throw new IllegalStateException(failures + " parts failed, see the lines above");
        }
    }

    private int run() throws IOException, InterruptedException {
        Files.writeString(out, "");
        if (arguments.containsKey("rehearse")) {
            StandIn standIn = StandIn.open(Path.of(arguments.get("rehearse")));
            arguments.put("cuda.path", standIn.folder().toString());
            arguments.put("cache", standIn.folder().resolve("kernels").toString());
        }
        part("card", "", this::describe);
        checks();
        List<Integer> batches =
                list("batches", "2048,16384,65536").map(Integer::valueOf).toList();
        for (String shape : list("shapes", "kaggle,mlperf,mlperf-multihot").toList()) {
            for (String precision : list("precisions", "TF32,BF16,FP32").toList()) {
                for (String rows : list("rows", "FLOAT").toList()) {
                    for (boolean graphs : new boolean[] {true, false}) {
                        time(shape, PrecisionKind.valueOf(precision), RowKind.valueOf(rows), graphs, batches);
                    }
                }
            }
        }
        System.out.println("written: " + out);
        return failures;
    }

    /// Runs a part; what it throws, but for an error of the virtual machine, ends it alone.
    private void part(String name, String detail, Part part) throws IOException {
        ObjectNode line =
                JsonNodeFactory.instance.objectNode().put("part", name).put("detail", detail);
        double budget = Double.parseDouble(arguments.getOrDefault("budget", "240"));
        double elapsed = seconds();
        if (elapsed > budget) {
            write(line.put("skipped", "%.0f s of the budget of %.0f s are over".formatted(elapsed, budget)));
            return;
        }
        try {
            part.run();
            write(line.put("ok", true).put("seconds", Math.round((seconds() - elapsed) * 10) / 10.0));
        } catch (RuntimeException | AssertionError | LinkageError e) {
            failures++;
            write(line.put("failed", e.toString()));
        }
    }

    private double seconds() {
        return (System.nanoTime() - start) * 1e-9;
    }

    private Stream<String> list(String key, String otherwise) {
        return Stream.of(arguments.getOrDefault(key, otherwise).split(","));
    }

    private Engine open(PrecisionKind precision, RowKind rows, boolean graphs) {
        JobConfig.Builder config = JobConfig.newBuilder();
        config.getTrainBuilder().setEngine("cuda");
        config.getCudaBuilder()
                .setPath(arguments.getOrDefault("cuda.path", ""))
                .setCache(arguments.getOrDefault("cache", ""))
                .setPrecision(precision)
                .setRows(rows)
                .setGraphs(graphs);
        return Engines.open(config.build());
    }

    private void describe() throws IOException {
        try (Engine engine = open(PrecisionKind.FP32, RowKind.FLOAT, true)) {
            write(JsonNodeFactory.instance.objectNode().put("card", engine.description()));
        }
    }

    private void checks() throws IOException {
        part("correct", "piece by piece, one id", () -> check(EngineChecks::takesTheSameStepsWithOneIdASample));
        part("correct", "piece by piece, many ids", () -> check(EngineChecks::takesTheSameStepsWithManyIdsASample));
        part("correct", "as a group", () -> check(EngineChecks::takesTheSameStepsInAGroup));
        for (OptimizerKind rule : OptimizerKind.values()) {
            for (InteractionKind interaction : InteractionKind.values()) {
                for (boolean graphs : new boolean[] {true, false}) {
                    String how = graphs ? "graph" : "call by call";
                    part(
                            "correct",
                            "whole step, %s, %s, %s".formatted(rule, interaction, how),
                            () -> wholeStep(rule, interaction, graphs));
                }
            }
        }
        part("correct", "bfloat16 rows", this::roundedRows);
    }

    private void check(Consumer<Engine> what) {
        try (Engine engine = open(PrecisionKind.FP32, RowKind.FLOAT, true)) {
            what.accept(engine);
        }
    }

    private void wholeStep(OptimizerKind rule, InteractionKind interaction, boolean graphs) {
        RandomBatches source = RandomBatches.multiHot(5, 32, EngineChecks.DENSE, 4, EngineChecks.rows());
        DlrmShape shape = EngineChecks.shape(interaction, false, LossKind.BCE);
        try (Engine engine = open(PrecisionKind.FP32, RowKind.FLOAT, graphs);
                WholeStepRun run = new WholeStepRun(engine, shape, rule, source)) {
            run.train(CHECKED_STEPS, RATE, EngineChecks.SINGLE_PRECISION);
            run.compareWeights(EngineChecks.SINGLE_PRECISION);
            run.compareLogits(3, 9);
        }
    }

    private void roundedRows() {
        RandomBatches source = RandomBatches.multiHot(5, 32, EngineChecks.DENSE, 4, EngineChecks.rows());
        DlrmShape shape = EngineChecks.shape(InteractionKind.DOT, false, LossKind.BCE);
        try (Engine engine = open(PrecisionKind.FP32, RowKind.BFLOAT16, true);
                WholeStepRun run = new WholeStepRun(engine, shape, OptimizerKind.SGD, source)) {
            run.train(CHECKED_STEPS, RATE, 2e-2);
            run.compareWeights(2e-2);
        }
    }

    private void time(String name, PrecisionKind precision, RowKind rows, boolean graphs, List<Integer> batches)
            throws IOException {
        String detail = "%s %s, %s rows, %s".formatted(name, precision, rows, graphs ? "graph" : "call by call");
        part("time", detail, () -> {
            GpuModel model = GpuModel.named(name, Long.parseLong(arguments.getOrDefault("most_rows", "100000000")));
            OptimizerKind rule = OptimizerKind.valueOf(arguments.getOrDefault("optimizer", "SGD"));
            int most = batches.stream().mapToInt(Integer::intValue).max().orElseThrow();
            try (Engine engine = open(precision, rows, graphs);
                    GpuTiming timing = new GpuTiming(engine, model, rule, most)) {
                for (int batch : batches) {
                    part("batch", detail + ", " + batch, () -> {
                        GpuTiming.Result result = timing.measure(batch, effort());
                        write(line(name, precision, rows, graphs, rule, batch, model, result));
                    });
                }
            }
        });
    }

    private Effort effort() {
        boolean rehearsal = arguments.containsKey("rehearse");
        int rounds = Integer.parseInt(arguments.getOrDefault("rounds", rehearsal ? "1" : "7"));
        double seconds = Double.parseDouble(arguments.getOrDefault("seconds", rehearsal ? "0" : "0.15"));
        return rehearsal ? new Effort(rounds, seconds, 2, 2) : new Effort(rounds, seconds, 20, 5);
    }

    private ObjectNode line(
            String name,
            PrecisionKind precision,
            RowKind rows,
            boolean graphs,
            OptimizerKind rule,
            int batch,
            GpuModel model,
            GpuTiming.Result result) {
        double bandwidth = Double.parseDouble(arguments.getOrDefault("bandwidth", "4.3"));
        int rowBytes = rows == RowKind.BFLOAT16 ? Short.BYTES : Float.BYTES;
        double bytes = model.bytesOfSample(precision, rowBytes) * batch / bandwidth * 1e-6;
        double flops = model.flopsOfSample() * batch / GpuModel.flopsPerMicrosecond(precision);
        return JsonNodeFactory.instance
                .objectNode()
                .put("framework", "dlrm4j")
                .put("mode", graphs ? "graph" : "calls")
                .put("shape", name)
                .put("precision", precision.name())
                .put("rows", rows.name())
                .put("optimizer", rule.name())
                .put("batch", batch)
                .put("step_us", tenths(result.median()))
                .put("fastest_us", tenths(result.fastest()))
                .put("slowest_us", tenths(result.slowest()))
                .put("samples_per_s", Math.round(batch / result.median() * 1e6))
                .put("bytes_floor_us", Math.round(bytes * 1000) / 1000.0)
                .put("flops_floor_us", Math.round(flops * 1000) / 1000.0)
                .put("share_of_floor", Math.round(Math.max(bytes, flops) / result.median() * 1000) / 1000.0)
                .put("loss", Math.round(result.loss() * 1e4) / 1e4);
    }

    private static double tenths(double value) {
        return Math.round(value * 10) / 10.0;
    }

    private void write(ObjectNode line) throws IOException {
        Files.writeString(out, line + "\n", StandardOpenOption.APPEND);
        System.out.println(line);
    }
}
