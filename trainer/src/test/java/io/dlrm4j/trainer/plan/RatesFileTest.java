package io.dlrm4j.trainer.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.criteo.PreparedData;
import io.dlrm4j.criteo.ProgressListener;
import io.dlrm4j.criteo.synthetic.Cardinalities;
import io.dlrm4j.criteo.synthetic.GenerateClicks;
import io.dlrm4j.criteo.synthetic.GenerateOptions;
import io.dlrm4j.trainer.plan.RateMeasurement.Effort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RatesFileTest {
    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Path file = folder.resolve("some").resolve("machine.json");
        Rates rates = SomeRates.cores(7).withBetweenHosts(new Line(1.25e-5, 3.5e-10));
        RatesFile.write(file, rates);
        assertThat(RatesFile.read(file)).isEqualTo(rates);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"cores\"|\"corse\"|no rate cores, want what dlrm doctor --measure writes",
                "\"cores\": 7.0|\"cores\": -1|rates: cores=-1",
                "\"cores\": 7.0|\"cores\": true|line 2: cores is no number",
                "\"cores\": 7.0|\"cores\": |line 2",
                "{|[|no JSON object",
                "\"cores\": 7.0|\"cores\": 7, \"more\": 1|unknown rates [more]"
            })
    void whatIsNotIsRefused(String good, String bad, String message) throws IOException {
        Path file = folder.resolve("machine.json");
        Files.writeString(file, RatesFile.print(SomeRates.cores(7)).replace(good, bad));
        assertThatThrownBy(() -> RatesFile.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }

    /// Too short for numbers to trust, long enough to see that each is measured.
    @Test
    void everythingIsMeasured() throws IOException {
        Path data = folder.resolve("data");
        GenerateClicks.run(
                GenerateOptions.of(data, 14_000, 1)
                        .withCardinalities(Cardinalities.kaggle().scaled(1e-5)),
                ProgressListener.NONE);
        LocalWorld.run(2, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("rates")) {
                RateMeasurement measurement = new RateMeasurement(communicator, new Effort(1e-3, 160, 1), memory);
                Rates rates = measurement.all(PreparedData.open(data));
                assertThat(rates.readValue()).isPositive();
                if (communicator.rank() == 0) {
                    assertThat(RatesFile.parse(RatesFile.print(rates), "rates").cores())
                            .isEqualTo(Runtime.getRuntime().availableProcessors());
                    assertThat(rates.inHost().at(1 << 20)).isPositive();
                    assertThat(rates.denseBusy().perUnit()).isPositive();
                    assertThat(rates.rows().lookup(1L << 40).at(64)).isPositive();
                }
            }
        });
    }
}
