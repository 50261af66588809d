package io.dlrm4j.bench.effects;

import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.solve.BatchSolver;
import io.dlrm4j.effects.solve.Method;
import io.dlrm4j.effects.solve.SolverSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/// Our side of `benchmarks/effects/solver-speed`: writes logistic problems of 100 rows and 20 features, solves them on
/// one thread, writes the coefficients, and prints entities a second. Binding an entity (finding and numbering its
/// features) and making its model are part of the time.
public final class EntitySolverRun {
    private static final int ROWS = 100;
    private static final int FEATURES = 20;
    private static final int BLOCK = 128; // as many as a trainer solves at a time
    private static final int REPEATS = 31;

    private EntitySolverRun() {}

    /// @param args a folder, the number of entities, and the method
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        int entities = Integer.parseInt(args[1]);
        Method method = Method.valueOf(args[2].toUpperCase(Locale.ROOT));
        Files.createDirectories(folder);
        EntityData[] problems = new EntityData[entities];
        Random random = new Random(42);
        for (int e = 0; e < entities; e++) {
            problems[e] = draw(random, e);
        }
        writeProblems(folder.resolve("problems.bin"), problems);
        BatchSolver solver = new BatchSolver(SolverSettings.LOGISTIC.withMethod(method));
        double[] speeds = new double[REPEATS];
        double[] cpuSpeeds = new double[REPEATS];
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        double[] solutions = new double[entities * (FEATURES + 1)];
        long steps = 0;
        for (int repeat = 0; repeat < REPEATS; repeat++) {
            steps = 0;
            long start = System.nanoTime();
            long cpuStart = threads.getCurrentThreadCpuTime();
            for (int first = 0; first < entities; first += BLOCK) {
                int size = Math.min(BLOCK, entities - first);
                solver.clear();
                for (int e = 0; e < size; e++) {
                    solver.add(problems[first + e], null);
                }
                solver.solve(0);
                for (int e = 0; e < size; e++) {
                    steps += solver.iterations(e);
                    copy(solver.model(e), solutions, (first + e) * (FEATURES + 1));
                }
            }
            cpuSpeeds[repeat] = entities / (1e-9 * (threads.getCurrentThreadCpuTime() - cpuStart));
            speeds[repeat] = entities / (1e-9 * (System.nanoTime() - start));
        }
        ByteBuffer bytes = ByteBuffer.allocate(8 * solutions.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(solutions);
        Files.write(folder.resolve("ours.bin"), bytes.array());
        Arrays.sort(speeds);
        Arrays.sort(cpuSpeeds);
        System.out.printf(
                Locale.ROOT,
                "{\"method\": \"%s\", \"entities\": %d, \"perSecond\": %.1f, \"perCpuSecond\": %.1f, \"steps\": %.2f}%n",
                args[2],
                entities,
                speeds[REPEATS / 2],
                cpuSpeeds[REPEATS / 2],
                (double) steps / entities);
    }

    private static void copy(EntityModel model, double[] into, int at) {
        for (int j = 0; j <= FEATURES; j++) {
            into[at + j] = model.mean(j);
        }
    }

    private static EntityData draw(Random random, int entity) {
        double[] hidden = new double[FEATURES];
        for (int j = 0; j < FEATURES; j++) {
            hidden[j] = 0.7 * random.nextGaussian();
        }
        EntityData data = new EntityData();
        data.begin("e" + entity);
        double[] x = new double[FEATURES];
        for (int row = 0; row < ROWS; row++) {
            double offset = 0.5 * random.nextGaussian();
            double margin = offset;
            for (int j = 0; j < FEATURES; j++) {
                x[j] = random.nextGaussian();
                margin += hidden[j] * x[j];
            }
            data.addRow(row, random.nextDouble() < 1 / (1 + Math.exp(-margin)) ? 1 : 0, 1, offset);
            for (int j = 0; j < FEATURES; j++) {
                data.addFeature(j, x[j]);
            }
        }
        return data;
    }

    private static void writeProblems(Path file, EntityData[] problems) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(8 * ROWS * (FEATURES + 3)).order(ByteOrder.LITTLE_ENDIAN);
        try (OutputStream out = Files.newOutputStream(file)) {
            ByteBuffer head = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
            head.putInt(problems.length).putInt(ROWS).putInt(FEATURES);
            out.write(head.array());
            for (EntityData data : problems) {
                bytes.clear();
                for (int k = 0; k < data.entries(); k++) {
                    bytes.putDouble(data.values()[k]);
                }
                for (double[] column : new double[][] {data.labels(), data.weights(), data.offsets()}) {
                    for (int row = 0; row < ROWS; row++) {
                        bytes.putDouble(column[row]);
                    }
                }
                out.write(bytes.array());
            }
        }
    }
}
