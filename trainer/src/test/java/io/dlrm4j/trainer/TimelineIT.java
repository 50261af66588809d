package io.dlrm4j.trainer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.trainer.feed.JobData;
import io.dlrm4j.trainer.report.Profile;
import io.dlrm4j.trainer.report.TrainListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the timeline and the profile of jobs that really train must show, however fast the machine is.
class TimelineIT {
    private static final long STEPS = 12; // two epochs of 101 samples in batches of 17
    private static final double MICROS = 0.0015; // times are written with three decimals

    @TempDir
    Path folder;

    /// One event of the file.
    private record Event(int rank, String track, String name, long step, double start, double end) {}

    private List<Event> train(int ranks, List<Profile> profiles) throws IOException {
        Path file = folder.resolve("trace.json");
        JobConfig.Builder config = SmallJob.config(OptimizerKind.SGD);
        config.getTrainBuilder().setProfile(true).setTrace(file.toString());
        LocalWorld.run(ranks, communicator -> {
            try (JobData data = SmallJob.data()) {
                Profile profile = TrainingJob.run(config.build(), communicator, data, TrainListener.NONE)
                        .profile();
                if (communicator.rank() == 0) {
                    profiles.add(requireNonNull(profile));
                }
            }
        });
        return events(file);
    }

    private static List<Event> events(Path file) throws IOException {
        List<Event> events = new ArrayList<>();
        List<String> tracks = new ArrayList<>();
        for (JsonNode event : new ObjectMapper().readTree(file.toFile()).get("traceEvents")) {
            if (event.get("name").asText().equals("thread_name")
                    && event.get("pid").asInt() == 0) {
                tracks.add(event.get("args").get("name").asText());
            }
            if (event.get("ph").asText().equals("X")) {
                events.add(new Event(
                        event.get("pid").asInt(),
                        tracks.get(event.get("tid").asInt()),
                        event.get("name").asText(),
                        event.get("args").get("step").asLong(),
                        event.get("ts").asDouble(),
                        event.get("ts").asDouble() + event.get("dur").asDouble()));
            }
        }
        return events;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void everyStepOfEveryRankIsThereAndEventsOfATrackAreApartOrInsideEachOther(int ranks) throws IOException {
        List<Event> events = train(ranks, new ArrayList<>());

        for (int rank = 0; rank < ranks; rank++) {
            int of = rank;
            List<Event> mine =
                    events.stream().filter(event -> event.rank() == of).toList();
            assertThat(mine.stream().filter(event -> event.name().equals("step")))
                    .hasSize((int) STEPS);
            assertThat(mine.stream().filter(event -> event.track().equals("reader's thread")))
                    .hasSize((int) STEPS);
            for (String track : mine.stream().map(Event::track).distinct().toList()) {
                assertNested(mine.stream()
                        .filter(event -> event.track().equals(track))
                        .toList());
            }
            for (long step = 0; step < STEPS; step++) {
                assertThat(names(mine, step)).containsAll(expected(ranks));
            }
        }
    }

    private static Set<String> names(List<Event> events, long step) {
        Set<String> names = new TreeSet<>();
        events.stream().filter(event -> event.step() == step).forEach(event -> names.add(event.name()));
        return names;
    }

    private static Set<String> expected(int ranks) {
        Set<String> names = new TreeSet<>(Set.of(
                "step",
                "read",
                "read and distribute",
                "lookup",
                "bottom",
                "interaction",
                "top",
                "backward top",
                "backward interaction",
                "backward bottom",
                "update rows",
                "update MLPs"));
        if (ranks > 1) {
            names.addAll(Set.of(
                    "wait",
                    "exchange",
                    "all-reduce",
                    "all-to-all of pooled vectors",
                    "all-to-all of their gradients",
                    "all-reduce of a bucket",
                    "all-gather of losses"));
        }
        return names;
    }

    /// Events are in the order of their start, the longer first.
    private static void assertNested(List<Event> events) {
        Deque<Event> open = new ArrayDeque<>();
        for (Event event : events) {
            while (!open.isEmpty() && open.peek().end() <= event.start() + MICROS) {
                open.pop();
            }
            if (!open.isEmpty()) {
                assertThat(event.end())
                        .as("%s in %s", event, open.peek())
                        .isLessThanOrEqualTo(open.peek().end() + MICROS);
            }
            open.push(event);
        }
    }

    @Test
    void exchangesAndSumsRunWhileTheMlpsCompute() throws IOException {
        List<Event> events = train(2, new ArrayList<>());

        for (int rank = 0; rank < 2; rank++) {
            for (long step = 0; step < STEPS; step++) {
                Event bottom = only(events, rank, step, "bottom");
                Event backwardTop = first(events, rank, step, "backward top");
                Event backwardBottom = only(events, rank, step, "backward bottom");
                assertThat(only(events, rank, step, "all-to-all of pooled vectors")
                                .start())
                        .isLessThan(bottom.start());
                assertThat(only(events, rank, step, "all-to-all of their gradients")
                                .start())
                        .isLessThan(backwardBottom.start());
                assertThat(first(events, rank, step, "all-reduce of a bucket").start())
                        .isGreaterThan(backwardTop.start())
                        .isLessThan(backwardBottom.start());
                assertThat(first(events, rank, step, "read and distribute").end())
                        .isLessThanOrEqualTo(only(events, rank, step, "read").end());
            }
        }
    }

    private static Event first(List<Event> events, int rank, long step, String name) {
        return events.stream()
                .filter(event -> event.rank() == rank && event.step() == step)
                .filter(event -> event.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Event only(List<Event> events, int rank, long step, String name) {
        assertThat(events.stream()
                        .filter(event -> event.rank() == rank && event.step() == step)
                        .filter(event -> event.name().equals(name)))
                .hasSize(1);
        return first(events, rank, step, name);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void theSharesOfTheProfileAddUpToTheStep(int ranks) throws IOException {
        List<Profile> profiles = new ArrayList<>();
        train(ranks, profiles);
        Profile profile = profiles.getFirst();

        assertThat(profile.ranks()).isEqualTo(ranks);
        assertThat(profile.steps()).isEqualTo(STEPS);
        assertThat(profile.rows().stream().mapToDouble(Profile.Row::share).sum())
                .isCloseTo(1, within(1e-9));
        assertThat(profile.rows().stream().mapToDouble(Profile.Row::millis).sum())
                .isCloseTo(profile.step().millis(), within(1e-9));
        assertThat(profile.print())
                .contains("backward bottom", "update rows", "wait", "step", "reader's thread", "bytes");
        assertThat(profile.print().lines()).hasSize(1 + profile.rows().size() + 4);
    }
}
