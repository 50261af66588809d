package io.dlrm4j.criteo.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class GenerateOptionsTest {
    private static final GenerateOptions OPTIONS = GenerateOptions.of(Path.of("out"), 1_000, 1);

    @Test
    void defaultsAreThoseOfTheKaggleData() {
        assertThat(OPTIONS)
                .isEqualTo(new GenerateOptions(
                        Path.of("out"), ClickFormat.NPY, 1_000, 1, Cardinalities.kaggle(), 1.05, 7, 1));
        assertThat(Cardinalities.kaggle().total()).isEqualTo(33_762_577);
    }

    @Test
    void refusesWhatCannotBe() {
        refuses(() -> GenerateOptions.of(Path.of("out"), 13, 1), "rows=13, want 14 to 13999999999 for 7 days");
        refuses(() -> OPTIONS.withDays(501), "rows=1000, want 1002 to 1001999999999 for 501 days");
        refuses(() -> OPTIONS.withDays(1), "days=1, want 2 to 1000: the last is kept for evaluation");
        refuses(() -> OPTIONS.withThreads(0), "threads=0, want 1 to 256");
        refuses(() -> OPTIONS.withZipfExponent(-0.5), "zipf-exponent=-0.5, want 0 to 8.0");
        refuses(() -> OPTIONS.withZipfExponent(Double.NaN), "zipf-exponent=NaN, want 0 to 8.0");
    }

    @Test
    void refusesTablesThatCannotBe() {
        refuses(() -> new Cardinalities(List.of(1, 2)), "cardinalities=2 numbers, want 26, one for each table");
        refuses(() -> new Cardinalities(Collections.nCopies(26, 0)), "cardinalities: table C1: rows=0, want 1 or more");
        refuses(() -> Cardinalities.kaggle().scaled(0), "scale=0.0, want more than 0 and at most 1");
        refuses(() -> Cardinalities.kaggle().scaled(1.5), "scale=1.5, want more than 0 and at most 1");
    }

    @Test
    void scaledTablesKeepThreeRows() {
        Cardinalities scaled = Cardinalities.kaggle().scaled(0.01);
        assertThat(scaled.rows().subList(0, 9)).containsExactly(14, 5, 101_312, 22_026, 3, 3, 125, 6, 3);
        assertThat(Cardinalities.kaggle().scaled(1)).isEqualTo(Cardinalities.kaggle());
    }

    private static void refuses(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }
}
