package io.dlrm4j.effects.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.effects.Fixtures;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.evaluate.ScoredSamples;
import io.dlrm4j.effects.solve.Loss;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Lambda Learner's example: what MovieLens user 359's ratings add to a fixed effect.
class LambdaLearnerTest {
    private static final String FOLDER = "mixed-effects/lambda-learner/movie-lense-";

    @ParameterizedTest
    @EnumSource(
            value = Compat.class,
            names = {"NONE", "LAMBDA"})
    void user359HasThePublishedModelAndErrors(Compat compat) throws IOException {
        EntityModel fixed = fixedEffect();
        double[] published = numbers("final-model-u359");
        EntityData training = ratings("training-data-u359", fixed);
        EntityData test = ratings("test-data-u359", fixed);
        SequentialSettings settings =
                SequentialSettings.exact(Loss.SQUARED, 10).withMemory(0).withCompat(compat);
        Posterior posterior = new SequentialUpdate(settings).update(null, training);
        assertThat(posterior.means()).containsExactly(published, within(1e-5));

        EntityModel model = posterior.toModel("359");
        double[] before = new double[test.rows()];
        double[] after = new double[test.rows()];
        for (int row = 0; row < test.rows(); row++) {
            before[row] = test.offsets()[row];
            after[row] = before[row] + model.score(test, row);
        }
        assertThat(rmse(before, test)).isCloseTo(0.70536, within(5e-6));
        assertThat(rmse(after, test)).isCloseTo(0.69985, within(5e-6));
    }

    @Test
    void ratingByRatingIsTheSameAsAllAtOnce() throws IOException {
        EntityData training = ratings("training-data-u359", fixedEffect());
        SequentialUpdate update = new SequentialUpdate(SequentialSettings.exact(Loss.SQUARED, 10));
        Posterior belief = null;
        EntityData few = new EntityData();
        for (int row = 0; row < training.rows(); row += 10) {
            few.begin("359");
            for (int next = row; next < Math.min(row + 10, training.rows()); next++) {
                few.addRowOf(training, next);
            }
            belief = update.update(belief, few);
        }
        assertThat(Objects.requireNonNull(belief).means()).containsExactly(numbers("final-model-u359"), within(1e-5));
    }

    private static double rmse(double[] scores, EntityData test) {
        double[] labels = Arrays.copyOf(test.labels(), test.rows());
        double[] weights = Arrays.copyOf(test.weights(), test.rows());
        return Evaluator.parse("RMSE", Compat.NONE).evaluate(new ScoredSamples(scores, labels, weights, Map.of()));
    }

    private static EntityModel fixedEffect() throws IOException {
        double[] means = numbers("initital-fixed-effect-model"); // spelled so in the data
        int[] features = new int[means.length];
        Arrays.setAll(features, j -> j - 1);
        return new EntityModel("fixed", features, means, null);
    }

    private static double[] numbers(String file) throws IOException {
        return Files.readAllLines(Fixtures.shared(FOLDER + file)).stream()
                .filter(line -> !line.isBlank())
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    private static EntityData ratings(String file, EntityModel fixed) throws IOException {
        EntityData data = new EntityData();
        data.begin("359");
        for (String line : Files.readAllLines(Fixtures.shared(FOLDER + file))) {
            String[] words = line.strip().split("\t", -1);
            data.addRow(data.rows(), Double.parseDouble(words[1]), 1, 0);
            for (int j = 2; j < words.length; j++) {
                data.addFeature(j - 2, Double.parseDouble(words[j]));
            }
            data.setOffset(data.rows() - 1, fixed.score(data, data.rows() - 1));
        }
        return data;
    }
}
