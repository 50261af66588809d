package io.dlrm4j.trainer.timing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.core.engine.StepPhase;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChromeTraceTest {
    @TempDir
    Path folder;

    @Test
    void writesMicrosecondsSinceTheFirstEventOfAnyRank() throws IOException {
        Timeline first = new Timeline();
        first.step(StepPhase.BOTTOM, 7, 5_001_500, 5_002_000);
        first.step(null, 7, 5_001_000, 5_003_250);
        first.operation(Lane.FORWARD, 7, 5_001_100, 5_002_100, 832);
        Timeline second = new Timeline();
        second.shiftClock(5_000_000); // another host
        second.read(7, 0, 2_000);
        Path file = folder.resolve("new/trace.json");

        ChromeTrace.write(file, List.of(Timeline.events(first.toBytes(7)), Timeline.events(second.toBytes(7))));

        List<String> events = new ArrayList<>();
        JsonNode root = new ObjectMapper().readTree(file.toFile());
        for (JsonNode event : root.get("traceEvents")) {
            if (event.get("ph").asText().equals("X")) {
                events.add("%s of rank %s: %s + %s %s"
                        .formatted(
                                event.get("name").asText(),
                                event.get("pid"),
                                event.get("ts"),
                                event.get("dur"),
                                event.get("args")));
            }
        }
        assertThat(events)
                .containsExactly(
                        "step of rank 0: 1.0 + 2.25 {\"step\":7}",
                        "bottom of rank 0: 1.5 + 0.5 {\"step\":7}",
                        "all-to-all of pooled vectors of rank 0: 1.1 + 1.0 {\"step\":7,\"bytes\":832}",
                        "read and distribute of rank 1: 0.0 + 2.0 {\"step\":7}");
    }

    @Test
    void keepsTheLastStepsWhole() {
        Timeline few = new Timeline();
        Timeline many = new Timeline();
        int last = 10_000;
        for (int step = 0; step <= last; step++) {
            fill(few, step, 2);
            fill(many, step, 2_000); // more than there is room for in 200 steps
        }
        assertThat(steps(few, last)).hasSize(Timeline.STEPS).contains((long) last, (long) last - Timeline.STEPS + 1);
        assertThat(steps(many, last)).hasSizeBetween(10, 20).contains((long) last);
        for (long step : steps(many, last)) {
            assertThat(Timeline.events(many.toBytes(last)).stream().filter(event -> event.step() == step))
                    .hasSize(2_002);
        }
    }

    private static void fill(Timeline timeline, long step, int phases) {
        timeline.read(step, step, step + 1);
        for (int i = 0; i < phases; i++) {
            timeline.step(StepPhase.TOP, step, step, step + 1);
        }
        timeline.step(null, step, step, step + 1);
    }

    private static Set<Long> steps(Timeline timeline, long last) {
        Set<Long> steps = new TreeSet<>();
        Timeline.events(timeline.toBytes(last)).forEach(event -> steps.add(event.step()));
        return steps;
    }
}
