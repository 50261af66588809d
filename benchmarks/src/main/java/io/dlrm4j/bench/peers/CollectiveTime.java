package io.dlrm4j.bench.peers;

import java.util.ArrayList;
import java.util.List;

/// One collective operation in one round.
///
/// @param side who ran it
/// @param processes between how many
/// @param operation its name
/// @param best milliseconds of the fastest
/// @param median milliseconds of the middle one
record CollectiveTime(String side, int processes, String operation, double best, double median) {
    private static final String OURS = "ours";
    private static final String PEER = "OpenMPI";

    /// @return for every operation and number of processes: no slower than OpenMPI
    static List<Summary.Bar> bars(List<CollectiveTime> times) {
        List<Summary.Bar> bars = new ArrayList<>();
        for (String operation :
                times.stream().map(CollectiveTime::operation).distinct().toList()) {
            for (int processes :
                    times.stream().map(CollectiveTime::processes).distinct().toList()) {
                List<CollectiveTime> here = times.stream()
                        .filter(time -> time.operation.equals(operation) && time.processes == processes)
                        .toList();
                bars.add(new Summary.Bar(
                        "%s: %s".formatted(operation, PEER),
                        processes + " processes",
                        1,
                        best(here, PEER) / best(here, OURS),
                        median(here, PEER) / median(here, OURS)));
            }
        }
        return bars;
    }

    /// @return the least of all rounds; NaN when the side is not there
    static double best(List<CollectiveTime> rounds, String side) {
        return rounds.stream()
                .filter(time -> time.side.equals(side))
                .mapToDouble(CollectiveTime::best)
                .min()
                .orElse(Double.NaN);
    }

    /// @return the median over rounds of the median; NaN when the side is not there
    static double median(List<CollectiveTime> rounds, String side) {
        List<Double> medians = rounds.stream()
                .filter(time -> time.side.equals(side))
                .map(CollectiveTime::median)
                .toList();
        return medians.isEmpty() ? Double.NaN : Measurement.median(medians);
    }
}
