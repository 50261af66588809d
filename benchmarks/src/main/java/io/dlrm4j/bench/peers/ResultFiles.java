package io.dlrm4j.bench.peers;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// One run as a JSON file, with every window of every round, and as a Markdown file of tables.
///
/// @param facts the machine, the commit, the versions
/// @param rule how every side was timed
/// @param sides that took part
/// @param measurements of all rounds
/// @param collectives of all rounds
/// @param failures of sides that ended otherwise; one sentence each
record ResultFiles(
        Map<String, String> facts,
        String rule,
        List<Side> sides,
        List<Measurement> measurements,
        List<CollectiveTime> collectives,
        List<String> failures) {
    private static final double MILLIS = 1000;

    /// Writes `name.json` and `name.md`.
    void write(Path folder, String name) throws IOException {
        Files.createDirectories(folder);
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("machine", facts);
        all.put("rule", rule);
        all.put("sides", sides);
        all.put("failures", failures);
        all.put("bars", allBars());
        all.put("summary", summary().cells());
        all.put("measurements", measurements);
        all.put("collectives", collectives);
        new ObjectMapper()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .writeValue(folder.resolve(name + ".json").toFile(), all);
        Files.writeString(folder.resolve(name + ".md"), markdown(name));
    }

    private List<Summary.Bar> allBars() {
        List<Summary.Bar> bars = new ArrayList<>(summary().bars());
        bars.addAll(CollectiveTime.bars(collectives));
        return bars;
    }

    private Summary summary() {
        return new Summary(sides, measurements);
    }

    private String markdown(String name) {
        StringBuilder text = new StringBuilder(
                "# Beside its peers\n\nWritten by `benchmarks/run-peers`; every window of every" + " round is in `"
                        + name + ".json`. What the sides are and the traps: benchmarks/README.md.\n\n");
        facts.forEach((what, value) ->
                text.append("- ").append(what).append(": ").append(value).append('\n'));
        text.append("- timing: ").append(rule).append("\n");
        failures.forEach(failure ->
                text.append("- FAILED: ").append(failure.replace('\n', ' ')).append('\n'));
        bars(text);
        for (String ids : measurements.stream().map(Measurement::ids).distinct().toList()) {
            steps(text, ids);
        }
        collectives(text);
        text.append("\n## Environment of each side, all of it but PATH, HOME and names\n\n");
        sides.forEach(side -> text.append("- ")
                .append(side.name())
                .append(" (")
                .append(side.what())
                .append("): ")
                .append(new TreeMap<>(side.environment()))
                .append('\n'));
        return text.toString();
    }

    private void bars(StringBuilder text) {
        text.append("""

                ## Bars

                Ratios of milliseconds, theirs over ours.

                | bar | at | want | of bests | of medians | |
                | --- | --- | --- | --- | --- | --- |
                """);
        for (Summary.Bar bar : allBars()) {
            String verdict = bar.isMeasured() ? (bar.isMet() ? "met" : "**not met**") : "not measured";
            text.append(line(
                    "| %s | %s | %.2f | %.2f | %.2f | %s |",
                    bar.name(), bar.where(), bar.want(), bar.ofBests(), bar.ofMedians(), verdict));
        }
    }

    private void steps(StringBuilder text, String ids) {
        text.append("\n## Steps, ")
                .append(ids)
                .append(" ids\n\n| side | batch | best ms | median ms | samples/s of best"
                        + " | rounds | peak MiB |\n| --- | --- | --- | --- | --- | --- | --- |\n");
        for (Summary.Cell cell : summary().cells()) {
            if (cell.ids().equals(ids)) {
                text.append(line(
                        "| %s | %d | %.3f | %.3f | %.0f | %d | %.0f |",
                        cell.side(),
                        cell.batch(),
                        cell.best(),
                        cell.median(),
                        cell.batch() * MILLIS / cell.best(),
                        cell.rounds(),
                        cell.peakMebibytes()));
            }
        }
    }

    private void collectives(StringBuilder text) {
        if (collectives.isEmpty()) {
            return;
        }
        text.append("""

                ## Collectives, milliseconds

                | operation | side | best | median over rounds of the median |
                | --- | --- | --- | --- |
                """);
        Map<String, List<CollectiveTime>> grouped = new TreeMap<>();
        for (CollectiveTime time : collectives) {
            String row = "| %s | %s, %d".formatted(time.operation(), time.side(), time.processes());
            grouped.computeIfAbsent(row, _ -> new ArrayList<>()).add(time);
        }
        grouped.forEach((row, rounds) -> {
            String side = rounds.getFirst().side();
            text.append(line(
                    "%s | %.4f | %.4f |", row, CollectiveTime.best(rounds, side), CollectiveTime.median(rounds, side)));
        });
    }

    private static String line(String format, Object... values) {
        return String.format(Locale.ROOT, format + "%n", values);
    }
}
