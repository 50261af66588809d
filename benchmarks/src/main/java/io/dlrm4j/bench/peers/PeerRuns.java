package io.dlrm4j.bench.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dlrm4j.criteo.synthetic.Cardinalities;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Runs all sides in turn, round by round, and writes one JSON and one Markdown file.
@Command(
        name = "run-peers",
        mixinStandardHelpOptions = true,
        description = "Times the step of dlrm4j and of its peers on the same cores and the same batches.")
public final class PeerRuns implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double VERIFY_SCALE = 0.001;
    private static final int VERIFY_BATCH = 128;
    private static final double VERIFY_TOLERANCE = 1e-5;
    private static final int[] WORLDS = {2, 4};

    @Option(names = "--rounds", defaultValue = "5", description = "Rounds (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--start",
            defaultValue = "4",
            description = "Seconds of training on every batch size, and of every collective, at a start"
                    + " (default: ${DEFAULT-VALUE}).")
    private double start;

    @Option(names = "--warm", defaultValue = "0.6", description = "Seconds of warm-up (default: ${DEFAULT-VALUE}).")
    private double warm;

    @Option(names = "--measure", defaultValue = "1.6", description = "Seconds of windows (default: ${DEFAULT-VALUE}).")
    private double measure;

    @Option(names = "--quick", description = "One round, zipf ids alone: to try it out.")
    private boolean quick;

    @Option(names = "--ids", split = ",", defaultValue = "zipf,uniform", description = "Default: ${DEFAULT-VALUE}.")
    private List<String> ids = List.of();

    @Option(
            names = "--batches",
            split = ",",
            defaultValue = "128,2048,8192",
            description = "Default: ${DEFAULT-VALUE}.")
    private List<Integer> batches = List.of();

    @Option(
            names = "--sides",
            split = ";",
            description = "Names as --list prints them, or their beginnings, with ; between.")
    private List<String> wanted = List.of();

    @Option(names = "--list", description = "Prints the sides that this machine has and ends.")
    private boolean list;

    @Option(names = "--verify", description = "Compares the first losses of all sides from equal weights and ends.")
    private boolean verify;

    @Option(names = "--no-collectives", description = "Leaves the collectives out.")
    private boolean noCollectives;

    @Option(names = "--no-steps", description = "Leaves the steps out.")
    private boolean noSteps;

    @Option(names = "--output", required = true, description = "Folder of the results.")
    private Path output = Path.of(".");

    @Option(names = "--name", required = true, description = "Name of the results.")
    private String name = "";

    @Option(names = "--work", required = true, description = "Folder of the batches and logs.")
    private Path work = Path.of(".");

    @Option(names = "--tools", required = true, hidden = true)
    private Path tools = Path.of(".");

    @Option(names = "--sources", required = true, hidden = true)
    private Path sources = Path.of(".");

    @Option(names = "--python", defaultValue = "", hidden = true)
    private String python = "";

    @Option(names = "--openblas", defaultValue = "", hidden = true)
    private String openblas = "";

    private final List<Measurement> measurements = new ArrayList<>();
    private final List<CollectiveTime> collectives = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();

    /// Exit code 0 when every side was measured.
    public static void main(String... words) {
        System.exit(new CommandLine(new PeerRuns()).execute(words));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Sides known = new Sides(new Tools(tools, sources, python, openblas));
        List<Side> sides = known.all().stream()
                .filter(side ->
                        wanted.isEmpty() ? side.usual() : wanted.stream().anyMatch(side.name()::startsWith))
                .toList();
        if (list) {
            known.all().forEach(side -> System.out.printf("%-48s %s%n", side.name(), side.what()));
            return 0;
        }
        Files.createDirectories(work);
        SideProcess process = new SideProcess(work);
        if (verify) {
            return verify(sides, process);
        }
        if (quick) {
            rounds = 1;
            ids = List.of("zipf");
        }
        sides.forEach(
                side -> System.out.printf("%-48s environment: %s%n", side.name(), new TreeMap<>(side.environment())));
        if (!noSteps) {
            GenerateBatches.write(work, Cardinalities.kaggle(), ids, batches, GenerateBatches.SAMPLES);
        }
        for (int round = 1; round <= rounds; round++) {
            for (Side side : noSteps ? List.<Side>of() : sides) {
                step(side, process, round);
            }
            for (int world : noCollectives ? new int[0] : WORLDS) {
                for (Side side : known.collectives(world)) {
                    collective(side, process, round);
                }
            }
        }
        String rule = String.format(
                Locale.ROOT,
                "%d rounds in turn, each side as new processes; a process first trains %.1f s on every batch size; a"
                        + " measurement is %.1f s of steps that do not count, then windows of about 0.4 s for %.1f s; best"
                        + " window of all rounds, median over rounds of the median window",
                rounds,
                start,
                warm,
                measure);
        Map<String, String> facts = Machine.facts(sources, python);
        Path root = sources.resolveSibling("").toAbsolutePath().normalize();
        List<Side> readable =
                Sides.withParts(sides).stream().map(side -> side.readable(root)).toList();
        new ResultFiles(facts, rule, readable, measurements, collectives, failures).write(output, name);
        System.out.println("written: " + output.resolve(name + ".md"));
        return failures.isEmpty() ? 0 : 1;
    }

    private List<String> options(Path data, Side side) {
        return List.of(
                "--data", data.toString(),
                "--ids", String.join(",", ids),
                "--batches",
                        String.join(",", batches.stream().map(String::valueOf).toList()),
                "--threads", String.valueOf(side.cores() / side.processes()),
                "--start", String.valueOf(start),
                "--warm", String.valueOf(warm),
                "--measure", String.valueOf(measure));
    }

    private void step(Side side, SideProcess process, int round) throws InterruptedException {
        try {
            for (String line : process.run(side, options(work, side))) {
                JsonNode node = JSON.readTree(line);
                List<Double> millis = new ArrayList<>();
                node.get("millis").forEach(m -> millis.add(m.asDouble()));
                String part = node.path("part").asText("");
                Measurement measured = new Measurement(
                        side.name() + (part.isEmpty() ? "" : ", " + part),
                        node.get("ids").asText(),
                        node.get("batch").asInt(),
                        millis,
                        node.get("peak_mib").asDouble());
                measurements.add(measured);
                System.out.printf(
                        Locale.ROOT,
                        "round %d  %-48s %-8s %5d  best %8.3f  median %8.3f ms  loss %.4f%n",
                        round,
                        measured.side(),
                        measured.ids(),
                        measured.batch(),
                        measured.best(),
                        measured.median(),
                        node.get("last_loss").asDouble());
            }
        } catch (IOException e) {
            failed(side, round, e);
        }
    }

    private void collective(Side side, SideProcess process, int round) throws InterruptedException {
        List<String> options = List.of(
                "--data",
                work.toString(),
                "--warm",
                String.valueOf(start), // four JVMs on two cores compile as long
                "--measure",
                String.valueOf(measure / 4));
        try {
            for (String line : process.run(side, options)) {
                JsonNode node = JSON.readTree(line);
                CollectiveTime time = new CollectiveTime(
                        side.name(),
                        side.processes(),
                        node.get("operation").asText(),
                        node.get("best").asDouble(),
                        node.get("median").asDouble());
                collectives.add(time);
                System.out.printf(
                        Locale.ROOT,
                        "round %d  %-12s %d %-20s best %8.4f  median %8.4f ms%n",
                        round,
                        side.name(),
                        side.processes(),
                        time.operation(),
                        time.best(),
                        time.median());
            }
        } catch (IOException e) {
            failed(side, round, e);
        }
    }

    private void failed(Side side, int round, IOException e) {
        failures.add("round %d, %s: %s".formatted(round, side.name(), e.getMessage()));
        System.out.printf("round %d  %s FAILED: %s%n", round, side.name(), e.getMessage());
    }

    /// Ours writes its weights, the others read them; tables are a thousandth, so that the file is small.
    private int verify(List<Side> sides, SideProcess process) throws IOException, InterruptedException {
        Path folder = work.resolve("verify");
        ids = List.of("zipf");
        batches = List.of(VERIFY_BATCH);
        GenerateBatches.write(
                folder,
                Cardinalities.kaggle().scaled(VERIFY_SCALE),
                ids,
                batches,
                VERIFY_BATCH * SideOptions.VERIFY_STEPS);
        List<Side> alone = Stream.concat(
                        sides.stream().filter(side -> side.who() == Side.Who.OURS && side.cores() == 1),
                        sides.stream().filter(side -> side.who() != Side.Who.OURS))
                .toList();
        double[] first = {};
        int wrong = 0;
        for (Side side : alone) {
            List<String> options = new ArrayList<>(options(folder, side));
            options.addAll(List.of("--verify", folder.toString()));
            double[] losses = process.run(side, options).stream()
                    .mapToDouble(Double::parseDouble)
                    .toArray();
            first = first.length == 0 ? losses : first;
            double apart = 0;
            for (int k = 0; k < SideOptions.VERIFY_STEPS; k++) {
                apart = Math.max(apart, Math.abs(losses[k] - first[k]));
            }
            boolean equal = apart <= VERIFY_TOLERANCE;
            wrong += equal ? 0 : 1;
            System.out.printf(
                    Locale.ROOT,
                    "%-48s losses %.6f to %.6f, apart from the first side %.1e: %s%n",
                    side.name(),
                    losses[0],
                    losses[losses.length - 1],
                    apart,
                    equal ? "equal" : "DIFFERENT");
        }
        return wrong == 0 ? 0 : 1;
    }
}
