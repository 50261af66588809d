package io.dlrm4j.effects.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.effects.flow.FlowOptions;
import io.dlrm4j.effects.flow.NumberTable;
import io.dlrm4j.effects.online.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplorationJobTest {
    @TempDir
    Path folder;

    @SuppressWarnings("NullAway.Init") // set by learned()
    private Path samples;

    @SuppressWarnings("NullAway.Init") // set by learned()
    private EffectsConfig config;

    private Path learned() throws IOException {
        samples = OnlineSamples.write(folder.resolve("samples.jsonl"), OnlineSamples.lines(300));
        config = OnlineSamples.config(samples);
        OnlineJob.Settings settings = new OnlineJob.Settings(1, Precision.FULL, 50, Duration.ZERO);
        try (OnlineJob job = OnlineJob.open(config, settings, folder.resolve("store"), null)) {
            job.run(new OnlineJob.Feed.Folder("samples", samples), _ -> {});
        }
        return folder.resolve("store");
    }

    private static ExplorationJob.Settings settings(String request, long seed) {
        return new ExplorationJob.Settings("per_user", request, seed, 200);
    }

    @Test
    void oneOfEachEntitysCandidatesIsChosenAndAllHaveTheirPropensity() throws IOException {
        Path store = learned();
        Path first = folder.resolve("a.csv");
        assertThat(ExplorationJob.run(config, settings("", 5), store, samples, first))
                .isEqualTo(6);
        Path again = folder.resolve("b.csv");
        ExplorationJob.run(config, settings("", 5), store, samples, again);
        assertThat(again).hasSameBinaryContentAs(first);
        Path other = folder.resolve("c.csv");
        ExplorationJob.run(config, settings("", 6), store, samples, other);
        assertThat(Files.readString(other)).isNotEqualTo(Files.readString(first));

        Map<String, Double> propensities = new HashMap<>();
        Map<String, Integer> chosen = new HashMap<>();
        List<String> lines = Files.readAllLines(first);
        assertThat(lines).hasSize(301).first().isEqualTo("uid,entity,score,propensity,chosen");
        for (String line : lines.subList(1, lines.size())) {
            String[] fields = line.split(",", -1);
            double propensity = Double.parseDouble(fields[3]);
            propensities.merge(fields[1], propensity, Double::sum);
            if (fields[4].equals("1")) {
                chosen.merge(fields[1], 1, Integer::sum);
                assertThat(propensity).isPositive();
            }
        }
        assertThat(propensities)
                .hasSize(6)
                .allSatisfy((_, sum) -> assertThat(sum).isCloseTo(1, within(1e-9)));
        assertThat(chosen).hasSize(6).allSatisfy((_, count) -> assertThat(count).isEqualTo(1));
    }

    @Test
    void requestsAreDecisionsOfTheirOwnAndUnknownEntitiesExplore() throws IOException {
        Path store = learned();
        StringBuilder rows = new StringBuilder("uid,user,movie,x,genre,label,request\n");
        for (int i = 0; i < 60; i++) {
            rows.append("%d,%s,0,%d,g0,0,r%d%n".formatted(i, i < 30 ? "\"new, user\"" : "u1", i % 3, i / 3));
        }
        Path candidates = Files.writeString(folder.resolve("candidates.csv"), rows);
        Path output = folder.resolve("out.csv");
        assertThat(ExplorationJob.run(config, settings("request", 1), store, candidates, output))
                .isEqualTo(20);
        List<double[]> logged = new ArrayList<>();
        long count = NumberTable.read(
                List.of(new NumberTable.Part(output, List.of("uid", "propensity"))),
                "chosen",
                FlowOptions.in(folder),
                row -> logged.add(row.clone()));
        assertThat(count).isEqualTo(20);
        assertThat(logged.stream()
                        .filter(row -> row[0] < 30)
                        .mapToDouble(row -> row[0] % 3)
                        .distinct()
                        .count())
                .as("a user that nobody knows is shown different things")
                .isGreaterThan(1);
    }

    @Test
    void modelsWithoutVariancesAreRefused() throws IOException {
        learned();
        Path models = folder.resolve("models");
        EffectsJob.train(config, null, models, OutputFormat.DLRM, _ -> {});
        assertThatThrownBy(() -> ExplorationJob.run(config, settings("", 1), models, samples, folder.resolve("x.csv")))
                .hasMessageContaining("has no variances; train with variance: full or simple");
        assertThat(folder.resolve("x.csv")).doesNotExist();
    }
}
