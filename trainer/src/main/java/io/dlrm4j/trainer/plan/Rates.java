package io.dlrm4j.trainer.plan;

import io.dlrm4j.core.config.OptimizerKind;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/// What a machine can do; measured by `dlrm doctor --measure`, in seconds and bytes.
///
/// @param cores of a host, which its ranks and their readers share; 0: every rank has a card of its own, which
///     computes while bytes travel
/// @param denseAlone seconds of the dense part for each floating-point operation of a sample, over samples of a rank:
///     one rank computes
/// @param denseBusy the same while every core computes
/// @param rows of tables
/// @param inHost a message between two ranks of a host, over bytes
/// @param betweenHosts a message between ranks of two hosts, over bytes
/// @param sum of floats over the ranks of a host, over bytes that a rank passes on
/// @param readValue seconds to read one id or feature of prepared data
/// @param step seconds of a step that belong to nothing else
/// @param sequential bytes a second, read and written, of one rank; for people
public record Rates(
        int cores,
        Line denseAlone,
        Line denseBusy,
        Rows rows,
        Line inHost,
        Line betweenHosts,
        Line sum,
        double readValue,
        double step,
        double sequential) {

    /// Tables up to this many bytes are taken to stay in the cache.
    static final long CACHED_BYTES = 8L << 20;

    /// Seconds for one row, over its bytes.
    ///
    /// @param lookupCached looked up in a table that the cache holds
    /// @param lookupRandom looked up in a large one, at random
    /// @param sgdCached moved by SGD
    /// @param sgdRandom moved by SGD
    /// @param adagradCached moved by Adagrad of either kind
    /// @param adagradRandom moved by Adagrad of either kind
    public record Rows(
            Line lookupCached,
            Line lookupRandom,
            Line sgdCached,
            Line sgdRandom,
            Line adagradCached,
            Line adagradRandom) {
        Line lookup(long tableBytes) {
            return tableBytes <= CACHED_BYTES ? lookupCached : lookupRandom;
        }

        Line update(OptimizerKind rule, long tableBytes) {
            boolean cached = tableBytes <= CACHED_BYTES;
            if (rule == OptimizerKind.SGD) {
                return cached ? sgdCached : sgdRandom;
            }
            return cached ? adagradCached : adagradRandom;
        }
    }

    public Rates {
        if (cores < 0 || !(readValue >= 0 && step >= 0 && sequential >= 0)) {
            throw new IllegalArgumentException("rates: cores=%d, read=%s s, step=%s s, memory=%s B/s; want 0 or more"
                    .formatted(cores, readValue, step, sequential));
        }
    }

    /// @return whether ranks compute on cards
    boolean onCards() {
        return cores == 0;
    }

    /// @param busy threads that compute on a host
    /// @return the rate of the dense part
    Line dense(int busy) {
        if (cores <= 1) {
            return denseBusy;
        }
        double share = Math.min(1, (busy - 1.0) / (cores - 1.0));
        return new Line(
                denseAlone.fixed() + share * (denseBusy.fixed() - denseAlone.fixed()),
                denseAlone.perUnit() + share * (denseBusy.perUnit() - denseAlone.perUnit()));
    }

    /// @return the same with another way between hosts
    public Rates withBetweenHosts(Line line) {
        return new Rates(cores, denseAlone, denseBusy, rows, inHost, line, sum, readValue, step, sequential);
    }

    /// @return all numbers by name, as they are stored
    Map<String, Double> toMap() {
        Map<String, Double> map = new LinkedHashMap<>();
        map.put("cores", (double) cores);
        put(map, "dense.alone", denseAlone);
        put(map, "dense.busy", denseBusy);
        put(map, "row.lookup.cached", rows.lookupCached());
        put(map, "row.lookup.random", rows.lookupRandom());
        put(map, "row.sgd.cached", rows.sgdCached());
        put(map, "row.sgd.random", rows.sgdRandom());
        put(map, "row.adagrad.cached", rows.adagradCached());
        put(map, "row.adagrad.random", rows.adagradRandom());
        put(map, "link.in_host", inHost);
        put(map, "link.between_hosts", betweenHosts);
        put(map, "link.sum", sum);
        map.put("read.value.seconds", readValue);
        map.put("step.seconds", step);
        map.put("memory.sequential.bytes_per_second", sequential);
        return map;
    }

    private static void put(Map<String, Double> map, String name, Line line) {
        map.put(name + ".seconds", line.fixed());
        map.put(name + ".seconds_per_unit", line.perUnit());
    }

    /// @param map as made by [#toMap]
    /// @throws IllegalArgumentException when a number is missing, unknown or none, saying which
    static Rates of(Map<String, Double> map) {
        Map<String, Double> left = new LinkedHashMap<>(map);
        Rates rates = new Rates(
                (int) take(left, "cores"),
                line(left, "dense.alone"),
                line(left, "dense.busy"),
                new Rows(
                        line(left, "row.lookup.cached"),
                        line(left, "row.lookup.random"),
                        line(left, "row.sgd.cached"),
                        line(left, "row.sgd.random"),
                        line(left, "row.adagrad.cached"),
                        line(left, "row.adagrad.random")),
                line(left, "link.in_host"),
                line(left, "link.between_hosts"),
                line(left, "link.sum"),
                take(left, "read.value.seconds"),
                take(left, "step.seconds"),
                take(left, "memory.sequential.bytes_per_second"));
        if (!left.isEmpty()) {
            throw new IllegalArgumentException(
                    "unknown rates " + new TreeSet<>(left.keySet()) + ", want them left out");
        }
        return rates;
    }

    private static Line line(Map<String, Double> map, String name) {
        return new Line(take(map, name + ".seconds"), take(map, name + ".seconds_per_unit"));
    }

    private static double take(Map<String, Double> map, String name) {
        Double value = map.remove(name);
        if (value == null) {
            throw new IllegalArgumentException("no rate " + name + ", want what dlrm doctor --measure writes");
        }
        return value;
    }
}
