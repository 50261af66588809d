package io.dlrm4j.effects.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.SampleColumns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableSamplesTest {
    private static final SampleColumns COLUMNS = new SampleColumns("uid", "label", "w", "o", "user", List.of());

    @TempDir
    Path folder;

    private TableSamples open(Path file, SampleColumns columns, String... features) throws IOException {
        List<FeatureColumn> wanted =
                List.of(features).stream().map(FeatureColumn::of).toList();
        return TableSamples.open(file, columns, wanted, new FeatureIndex(), FlowOptions.in(folder), 70);
    }

    /// A feed's position is a number of samples, so that their order must be the file's, however large it is.
    @Test
    void samplesComeInTheOrderOfTheFile() throws Exception {
        Path file = Parquet.write(
                folder.resolve("s.parquet"),
                "SELECT (i * 7919) % 400009 AS uid, i % 5 AS user, i % 2 AS label, 0.5 AS w, i AS x FROM range(400000) t(i)");
        Sample sample = new Sample();
        try (TableSamples in = open(file, COLUMNS, "x")) {
            for (long i = 0; i < 400_000; i++) {
                assertThat(in.next(sample)).isTrue();
                if (sample.uid() != i * 7919 % 400_009 || sample.values()[0] != i) {
                    assertThat(sample.uid()).as("sample %d", i).isEqualTo(i * 7919 % 400_009);
                }
            }
            assertThat(sample.entity()).isEqualTo("4");
            assertThat(sample.weight()).isEqualTo(0.5);
            assertThat(sample.offset()).isZero();
            assertThat(in.next(sample)).isFalse();
        }
    }

    @Test
    void samplesWithoutUidAreNumberedAndFaultsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("s.csv"), "user,label\nu,1\n,0\n");
        SampleColumns numbered = new SampleColumns("", "label", "", "", "user", List.of());
        Sample sample = new Sample();
        try (TableSamples in = open(file, numbered)) {
            assertThat(in.next(sample)).isTrue();
            assertThat(sample.uid()).isEqualTo(70);
            assertThatThrownBy(() -> in.next(sample))
                    .isInstanceOf(DataException.class)
                    .hasMessage("%s: sample 1: no entity", file);
        }
        assertThatThrownBy(() -> open(file, COLUMNS))
                .hasMessage("%s: no column \"uid\", there are [user, label]", file);
        assertThatThrownBy(() -> open(file, numbered, "x")).hasMessageContaining("no column x for features");
    }
}
