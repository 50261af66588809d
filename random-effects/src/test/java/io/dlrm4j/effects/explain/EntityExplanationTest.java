package io.dlrm4j.effects.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.train.ActiveSamples;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EntityExplanationTest {
    private final FeatureIndex index = new FeatureIndex();
    private final EntityData data = new EntityData();
    private final EntityModel model = new EntityModel(
            "7", new int[] {FeatureIndex.INTERCEPT, 0, 1}, new double[] {0.5, -2, 1}, new double[] {0.25, 4, 1});

    @BeforeEach
    void fill() {
        index.add("genre", "war");
        index.add("age", "");
        index.add("new", "");
        data.begin("7");
        data.addRow(11, 1, 1, 0.25);
        data.addFeature(0, 1);
        data.addFeature(1, 3);
        data.addRow(12, 0, 2, -1);
        data.addFeature(2, 9);
        data.addRow(13, 0, 1, 0);
    }

    @Test
    void saysWhatWasTrainedOnWhatAndWhyItScoresSo() {
        String text = new EntityExplanation(index, SolverSettings.LOGISTIC, ActiveSamples.ALL).text(data, model);
        assertThat(text).isEqualTo("""
                entity 7
                samples    3, sum of weights 4.00000, mean label 0.333333, mean offset -0.250000
                trained on all
                objective  logistic loss, L2 1.00000, L1 0.00000, intercept yes, variances none, compat none
                model      3 coefficients:
                      -2.00000 ± 2.00000  genre=war  in 1 samples
                       1.00000 ± 1.00000  age  in 1 samples
                      0.500000 ± 0.500000  (INTERCEPT)  in 3 samples
                uid 11  label 1.00000  score 1.75000 = offset 0.250000 + own 1.50000, probability 0.851953
                  because of intercept 0.500000, age 3.00000, genre=war -2.00000
                uid 12  label 0.00000  score -0.500000 = offset -1.00000 + own 0.500000, probability 0.377541
                  because of intercept 0.500000
                uid 13  label 0.00000  score 0.500000 = offset 0.00000 + own 0.500000, probability 0.622459
                  because of intercept 0.500000
                """);
    }

    @Test
    void saysWhenThereIsNoModelAndWhenSamplesWereCapped() {
        ActiveSamples capped = new ActiveSamples(1, 2, Compat.NONE);
        assertThat(new EntityExplanation(index, SolverSettings.LOGISTIC, capped).text(data, model))
                .containsPattern("trained on 2, capped at 2; weights of those sum to [0-9.]+\n");
        ActiveSamples many = new ActiveSamples(4, 0, Compat.NONE);
        assertThat(new EntityExplanation(index, SolverSettings.LOGISTIC, many).text(data, null))
                .contains("trained on none: fewer than 4 samples\n", "model      none: a sample scores its offset\n");
    }

    @Test
    void theMigrationReportNamesDifferencesAndMeasuresThem() {
        for (Compat compat : new Compat[] {Compat.GDMIX, Compat.PHOTON, Compat.LAMBDA}) {
            MigrationReport report = new MigrationReport(compat);
            assertThat(report.differences()).hasSizeGreaterThanOrEqualTo(4);
            assertThat(report.text()).doesNotContain("compared");
            report.add(model, model);
            EntityModel other = new EntityModel("8", new int[] {0, 5}, new double[] {-2, 0.125}, null);
            report.add(new EntityModel("8", new int[] {0}, new double[] {-2}, null), other);
            report.add(null, other);
            assertThat(report.text())
                    .contains(
                            "3 models compared, 2 differ, the largest change of a coefficient is 0.125000",
                            "8 by 0.125");
        }
        MigrationReport many = new MigrationReport(Compat.GDMIX);
        for (double mean : new double[] {0.5, 3, 1, 4, 2}) {
            many.add(one("9", 0), one("entity " + mean, mean));
        }
        assertThat(many.text())
                .contains("5 models compared, 5 differ, the largest change of a coefficient is 4.00000")
                .endsWith("  entity 4.0 by 4.00000\n  entity 3.0 by 3.00000\n  entity 2.0 by 2.00000\n");
        assertThatThrownBy(() -> new MigrationReport(Compat.NONE)).hasMessageContaining("gdmix, photon or lambda");
    }

    private static EntityModel one(String entity, double mean) {
        return new EntityModel(entity, new int[] {0}, new double[] {mean}, null);
    }
}
