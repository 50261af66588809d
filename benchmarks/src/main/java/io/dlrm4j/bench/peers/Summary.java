package io.dlrm4j.bench.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// What all rounds say: for each side the best window of all rounds and the median over rounds of each round's median
/// window; and the bars, as ratios of both.
final class Summary {
    private final List<Side> sides;
    private final List<Measurement> measurements;

    Summary(List<Side> sides, List<Measurement> measurements) {
        this.sides = List.copyOf(sides);
        this.measurements = List.copyOf(measurements);
    }

    /// A side at one batch size.
    ///
    /// @param best milliseconds of a step in the fastest window of all rounds
    /// @param median over rounds of the round's median window
    /// @param rounds how many there were
    /// @param peakMebibytes the most of all rounds
    record Cell(String side, String ids, int batch, double best, double median, int rounds, double peakMebibytes) {}

    /// A demand and what was reached.
    ///
    /// @param name of the bar
    /// @param where ids and batch size, or number of processes
    /// @param want the least ratio
    /// @param ofBests the other side's best over ours; NaN when either was not measured
    /// @param ofMedians the same of medians
    record Bar(String name, String where, double want, double ofBests, double ofMedians) {
        boolean isMeasured() {
            return !Double.isNaN(ofBests);
        }

        boolean isMet() {
            return ofBests >= want && ofMedians >= want;
        }
    }

    /// @param want least ratio at batch 128, 2,048 and 8,192; NaN: none
    private record Demand(String name, List<Double> want, double factor, Predicate<Side> other, Predicate<Side> ours) {}

    private static final int[] BATCHES = {128, 2048, 8192};
    private static final List<Demand> DEMANDS = List.of(
            new Demand(
                    "1 thread: the reference's script",
                    List.of(2.0, 1.6, 1.6),
                    1,
                    s -> isPython(s) && s.cores() == 1,
                    s -> isOurs(s) && s.cores() == 1),
            new Demand(
                    "1 thread: the fastest peer as users get it",
                    List.of(1.3, 1.35, 1.35),
                    1,
                    s -> (isPython(s) || s.who() == Side.Who.LIBTORCH) && s.cores() == 1,
                    s -> isOurs(s) && s.cores() == 1),
            new Demand(
                    "1 thread: the strongest peer",
                    List.of(1.15, 1.2, 1.2),
                    1,
                    s -> isPeer(s) && s.cores() == 1,
                    s -> isOurs(s) && s.cores() == 1),
            new Demand(
                    "2 cores, our better way: the strongest peer with 2 threads",
                    List.of(1.2, 1.3, 1.25),
                    1,
                    s -> isPeer(s) && s.cores() == 2 && s.processes() == 1,
                    s -> isOurs(s) && s.cores() == 2),
            new Demand(
                    "2 cores, our better way: the reference's hybrid parallel on 2 processes",
                    List.of(4.0, 1.8, 1.6),
                    1,
                    s -> isPython(s) && s.processes() == 2,
                    s -> isOurs(s) && s.cores() == 2),
            new Demand(
                    "2 processes: of twice our 1 process on 1 core",
                    List.of(Double.NaN, 0.9, 0.9),
                    0.5,
                    s -> isOurs(s) && s.cores() == 1,
                    s -> isOurs(s) && s.processes() == 2),
            new Demand(
                    "1 thread: matrix products' share of the step",
                    List.of(Double.NaN, 0.75, Double.NaN),
                    1,
                    s -> s.who() == Side.Who.PRODUCTS,
                    s -> isOurs(s) && s.cores() == 1));

    private static boolean isOurs(Side side) {
        return side.who() == Side.Who.OURS;
    }

    private static boolean isPeer(Side side) {
        return !isOurs(side) && side.who() != Side.Who.PRODUCTS;
    }

    private static boolean isPython(Side side) {
        return side.who() == Side.Who.PYTHON;
    }

    /// @return every side at every batch size that was measured
    List<Cell> cells() {
        List<Cell> cells = new ArrayList<>();
        for (Measurement first : measurements) {
            boolean known = cells.stream()
                    .anyMatch(
                            c -> c.side.equals(first.side()) && c.ids.equals(first.ids()) && c.batch == first.batch());
            if (!known) {
                cells.add(cell(first));
            }
        }
        return cells;
    }

    private Cell cell(Measurement like) {
        List<Measurement> rounds = of(like.ids(), like.batch())
                .filter(m -> m.side().equals(like.side()))
                .toList();
        return new Cell(
                like.side(),
                like.ids(),
                like.batch(),
                rounds.stream().mapToDouble(Measurement::best).min().orElseThrow(),
                Measurement.median(rounds.stream().map(Measurement::median).toList()),
                rounds.size(),
                rounds.stream().mapToDouble(Measurement::peakMebibytes).max().orElseThrow());
    }

    private Stream<Measurement> of(String ids, int batch) {
        return measurements.stream().filter(m -> m.ids().equals(ids) && m.batch() == batch);
    }

    /// @return every bar for every kind of ids that was measured
    List<Bar> bars() {
        List<Cell> cells = cells();
        List<Bar> bars = new ArrayList<>();
        for (Demand demand : DEMANDS) {
            for (String ids : cells.stream().map(Cell::ids).distinct().toList()) {
                for (int b = 0; b < BATCHES.length; b++) {
                    if (!Double.isNaN(demand.want.get(b))) {
                        bars.add(bar(demand, ids, b, cells));
                    }
                }
            }
        }
        return bars;
    }

    private Bar bar(Demand demand, String ids, int b, List<Cell> cells) {
        List<Cell> here = cells.stream()
                .filter(c -> c.ids.equals(ids) && c.batch == BATCHES[b])
                .toList();
        double bests = demand.factor * least(here, demand.other, true) / least(here, demand.ours, true);
        double medians = demand.factor * least(here, demand.other, false) / least(here, demand.ours, false);
        return new Bar(demand.name, ids + ", " + BATCHES[b], demand.want.get(b), bests, medians);
    }

    private double least(List<Cell> cells, Predicate<Side> who, boolean best) {
        OptionalDouble least = cells.stream()
                .filter(c -> sides.stream().anyMatch(s -> s.name().equals(c.side) && who.test(s)))
                .mapToDouble(c -> best ? c.best : c.median)
                .min();
        return least.orElse(Double.NaN);
    }
}
