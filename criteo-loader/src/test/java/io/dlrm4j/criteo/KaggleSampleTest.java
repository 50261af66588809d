package io.dlrm4j.criteo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.criteo.npy.NpyFile;
import io.dlrm4j.criteo.store.DayFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real clicks, where they are at hand.
class KaggleSampleTest {
    private static final Path SAMPLE =
            Path.of(System.getProperty("data.dir", "../shared/data")).resolve("criteo/kaggle_sample.tsv.gz");
    private static final int TRAINING_ROWS = 117_552;

    @TempDir
    Path temp;

    @Test
    void everyLineOfTheSampleIsUsedAndTheSeventhDayIsApart() throws IOException {
        assumeTrue(Files.isRegularFile(SAMPLE), "no real clicks at " + SAMPLE);
        PrepareOptions options = PrepareOptions.of(List.of(SAMPLE), temp.resolve("data"))
                .withDays(DaySplit.ofRows(TRAINING_ROWS))
                .withMaxBadRate(0);
        PrepareReport report = Prepare.run(options, ProgressListener.NONE);
        assertThat(report.manifest().rows().perDay()).containsExactly((long) TRAINING_ROWS, 9_794L);
        try (BatchSource lastDay = PreparedData.open(temp.resolve("data")).lastDay()) {
            assertThat(lastDay.samples()).isEqualTo(9_794);
        }
        double clicks = 0;
        for (int day = 0; day < 2; day++) {
            clicks += Arrays.stream(NpyFile.ints(temp.resolve("data").resolve(DayFiles.labels(day))))
                    .sum();
        }
        assertThat(clicks / report.rows()).isCloseTo(0.257, within(0.001));
        assertThat(report.manifest().tables().get(2).rows())
                .as("the largest of Kaggle's tables, as far as the sample shows it")
                .isGreaterThan(10_000);
    }
}
