package io.dlrm4j.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.bench.peers.Side.Who;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SummaryTest {
    private static final List<Side> SIDES = List.of(
            side("ours 1", Who.OURS, 1, 1),
            side("ours 2t", Who.OURS, 2, 1),
            side("ours 2p", Who.OURS, 2, 2),
            side("python 1", Who.PYTHON, 1, 1),
            side("torch 1", Who.LIBTORCH, 1, 1),
            side("hack 1", Who.UNLOCKED, 1, 1),
            side("hack 2", Who.UNLOCKED, 2, 1),
            side("gloo", Who.PYTHON, 2, 2),
            side("products", Who.PRODUCTS, 1, 1));

    private static Side side(String name, Who who, int cores, int processes) {
        return new Side(name, who, cores, processes, true, "", List.of(), Map.of());
    }

    private static Measurement at2048(String side, Double... millis) {
        return new Measurement(side, "zipf", 2048, List.of(millis), 100);
    }

    private static final List<Measurement> ALL = List.of(
            at2048("ours 1", 22.0, 20.0, 30.0),
            at2048("ours 1", 21.0, 26.0, 24.0),
            at2048("ours 1", 19.0, 25.0, 29.0),
            at2048("ours 2t", 13.0),
            at2048("ours 2p", 11.0),
            at2048("python 1", 42.0),
            at2048("torch 1", 30.0),
            at2048("hack 1", 25.0),
            at2048("hack 2", 18.0),
            at2048("gloo", 26.0),
            at2048("products", 15.0));

    private static Summary.Bar bar(String beginning) {
        return new Summary(SIDES, ALL)
                .bars().stream()
                        .filter(bar ->
                                bar.name().startsWith(beginning) && bar.where().equals("zipf, 2048"))
                        .findFirst()
                        .orElseThrow();
    }

    @Test
    void bestOfAllRoundsAndMedianOfMedians() {
        Summary.Cell cell = new Summary(SIDES, ALL).cells().getFirst();
        assertThat(cell).isEqualTo(new Summary.Cell("ours 1", "zipf", 2048, 19, 24, 3, 100));
    }

    @Test
    void medianOfAnEvenNumberIsTheMiddle() {
        assertThat(Measurement.median(List.of(4.0, 1.0, 3.0, 2.0))).isEqualTo(2.5);
    }

    @Test
    void eachBarTakesItsOwnOpponents() {
        assertThat(bar("1 thread: the reference").ofBests()).isEqualTo(42.0 / 19);
        assertThat(bar("1 thread: the fastest").ofBests()).isEqualTo(30.0 / 19);
        assertThat(bar("1 thread: the strongest").ofBests()).isEqualTo(25.0 / 19);
        assertThat(bar("1 thread: the strongest").ofMedians()).isEqualTo(25.0 / 24);
        assertThat(bar("2 cores, our better way: the strongest").ofBests()).isEqualTo(18.0 / 11);
        assertThat(bar("2 cores, our better way: the reference").ofBests()).isEqualTo(26.0 / 11);
        assertThat(bar("1 thread: matrix products").ofBests()).isEqualTo(15.0 / 19);
        assertThat(bar("2 processes").ofBests()).isCloseTo(19.0 / 22, within(1e-12));
    }

    @Test
    void aBarIsMetByBothRatiosAlone() {
        assertThat(bar("1 thread: the reference").isMet()).isTrue(); // 2.21 and 1.75, want 1.6
        assertThat(bar("1 thread: the strongest").isMet()).isFalse(); // 1.32 and 1.04, want 1.2
    }

    @Test
    void aBarWithoutAnOpponentIsNotMeasured() {
        Summary alone = new Summary(SIDES, List.of(at2048("ours 1", 20.0)));
        assertThat(alone.bars()).isNotEmpty().noneMatch(Summary.Bar::isMeasured).noneMatch(Summary.Bar::isMet);
    }

    @Test
    void pathsOfTheMachineStayOutOfResults() {
        String home = System.getProperty("user.home");
        Side side = new Side(
                "a", Who.OURS, 1, 1, true, "", List.of(home + "/x.jar:/p/root/b"), Map.of("LIB", "/p/root/lib"));
        assertThat(side.readable(Path.of("/p/root")).command()).containsExactly("~/x.jar:b");
        assertThat(side.readable(Path.of("/p/root")).environment()).containsEntry("LIB", "lib");
    }

    @Test
    void collectivesAreHeldAgainstOpenMpi() {
        List<CollectiveTime> times = List.of(
                new CollectiveTime("ours", 2, "all-reduce", 0.2, 0.4),
                new CollectiveTime("ours", 2, "all-reduce", 0.1, 0.2),
                new CollectiveTime("OpenMPI", 2, "all-reduce", 0.3, 0.6),
                new CollectiveTime("ours", 4, "all-reduce", 0.3, 0.6));
        Summary.Bar two = CollectiveTime.bars(times).getFirst();
        assertThat(two.ofBests()).isCloseTo(3, within(1e-12));
        assertThat(two.ofMedians()).isCloseTo(2, within(1e-12));
        assertThat(two.where()).isEqualTo("2 processes");
        assertThat(CollectiveTime.bars(times).getLast().isMeasured()).isFalse();
    }

    @Test
    void bothFilesHoldEverySideAndBar(@TempDir Path folder) throws IOException {
        CollectiveTime time = new CollectiveTime("ours", 2, "all-reduce", 0.2, 0.3);
        new ResultFiles(Map.of("commit", "abc"), "5 rounds", SIDES, ALL, List.of(time), List.of("round 1, x: broken"))
                .write(folder, "peers");
        assertThat(Files.readString(folder.resolve("peers.json"))).contains("\"commit\" : \"abc\"", "\"ofBests\"");
        assertThat(Files.readString(folder.resolve("peers.md")))
                .contains("| ours 1 | 2048 | 19.000 | 24.000 | 107789 | 3 | 100 |")
                .contains("| 1 thread: the strongest peer | zipf, 2048 | 1.20 | 1.32 | 1.04 | **not met** |")
                .contains("| 1 thread: the strongest peer | zipf, 128 | 1.15 | NaN | NaN | not measured |")
                .contains("| all-reduce | ours, 2 | 0.2000 | 0.3000 |")
                .contains("FAILED: round 1, x: broken");
    }
}
