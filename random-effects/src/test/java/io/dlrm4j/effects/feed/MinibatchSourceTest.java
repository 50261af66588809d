package io.dlrm4j.effects.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.feed.MinibatchSource.Minibatch;
import io.dlrm4j.effects.format.NewFile;
import io.dlrm4j.effects.format.photon.LibSvmSamples;
import io.dlrm4j.effects.online.OnlineEffects.KindBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MinibatchSourceTest {
    private static final Duration NOW = Duration.ZERO;

    @TempDir
    Path folder;

    private final FeatureIndex index = new FeatureIndex();
    private final List<FolderSource.Kind> kinds = List.of(
            new FolderSource.Kind("all", (file, firstUid) -> LibSvmSamples.open(file, index, false, firstUid)),
            new FolderSource.Kind("again", (file, firstUid) -> LibSvmSamples.open(file, index, false, firstUid)));

    private static List<Double> labels(Minibatch batch) {
        assertThat(batch.kinds().stream().map(KindBatch::kind)).containsExactly("all", "again");
        List<List<Double>> labels = new ArrayList<>();
        for (KindBatch kind : batch.kinds()) {
            labels.add(new ArrayList<>());
            for (double label : Arrays.copyOf(kind.samples().labels(), batch.rows())) {
                labels.getLast().add(label);
            }
        }
        assertThat(labels.get(1)).isEqualTo(labels.get(0));
        return labels.getFirst();
    }

    @Test
    void aFileEnds() throws IOException {
        Path file = folder.resolve("a.txt");
        NewFile.write(file, "1 x:1\n2 x:1\n3 y:1\n");
        try (FolderSource source = FolderSource.file(file, kinds, "")) {
            assertThat(labels(source.next(2, NOW))).containsExactly(1.0, 2.0);
            assertThat(labels(source.next(2, NOW))).containsExactly(3.0);
            assertThat(labels(source.next(2, Duration.ofMinutes(1)))).isEmpty();
        }
        assertThat(index.size()).isEqualTo(2);
    }

    @Test
    void aFolderGrowsAndGoesOnFromEveryPosition() throws IOException {
        NewFile.write(folder.resolve("01.txt"), "1 x:1\n2 x:1\n");
        List<String> positions = new ArrayList<>(List.of(""));
        try (FolderSource source = FolderSource.growing(folder, kinds, "")) {
            for (int i = 1; i <= 5; i++) {
                if (i == 3) {
                    assertThat(labels(source.next(1, NOW))).isEmpty();
                    Files.writeString(folder.resolve("02.txt.tmp"), "9 x:1\n");
                    assertThat(labels(source.next(1, NOW))).isEmpty();
                    NewFile.write(folder.resolve("02.txt"), "");
                    NewFile.write(folder.resolve("03.txt"), "3 x:1\n4 x:1\n5 x:1\n");
                }
                Minibatch batch = source.next(1, NOW);
                assertThat(labels(batch)).containsExactly((double) i);
                positions.add(batch.position());
            }
        }
        for (int i = 0; i < positions.size(); i++) {
            try (FolderSource source = FolderSource.growing(folder, kinds, positions.get(i))) {
                List<Double> rest = new ArrayList<>();
                for (int label = i + 1; label <= 5; label++) {
                    rest.add((double) label);
                }
                assertThat(labels(source.next(10, NOW))).as(positions.get(i)).isEqualTo(rest);
            }
        }
    }

    @Test
    void aFileThatComesTooLateAndABadPositionAreRefused() throws IOException {
        NewFile.write(folder.resolve("05.txt"), "1 x:1\n");
        try (FolderSource source = FolderSource.growing(folder, kinds, "")) {
            assertThat(labels(source.next(4, NOW))).containsExactly(1.0);
            NewFile.write(folder.resolve("04.txt"), "2 x:1\n");
            assertThatThrownBy(() -> source.next(4, NOW))
                    .isInstanceOf(DataException.class)
                    .hasMessage(
                            "%s: a file came with a name before 05.txt, which was read; give later files later names",
                            folder);
        }
        assertThatThrownBy(() -> FolderSource.growing(folder, kinds, "05.txt:2"))
                .hasMessageContaining("1 samples, want at least the 2 of position \"05.txt:2\"");
        assertThatThrownBy(() -> FolderSource.growing(folder, kinds, "x")).hasMessageContaining("want FILE:SAMPLES");
        assertThatThrownBy(() -> FolderSource.growing(folder, kinds, "../x:1")).isInstanceOf(DataException.class);
    }
}
