package io.dlrm4j.effects.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.descent.DescentResult;
import io.dlrm4j.effects.descent.DescentStep;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.format.MixedEffectsData;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.lambda.LambdaModel;
import io.dlrm4j.effects.format.lambda.LambdaSamples;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.job.EffectsConfig.Format;
import io.dlrm4j.effects.job.EffectsConfig.Reading;
import io.dlrm4j.effects.solve.Loss;
import io.dlrm4j.effects.solve.Regularization;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Lambda Learner's text files, and its example out of them as the command runs it.
class LambdaFilesTest {
    private static final String FOLDER = "lambda-learner/movie-lense-";

    @TempDir
    Path folder;

    private static EffectsConfig config(Path training, Path validation) {
        EffectsConfig.Data data = new EffectsConfig.Data(
                training, validation, List.of(), "", "label", "", "", new Reading(Format.LAMBDA, "", "", null));
        SolverSettings ridge =
                SolverSettings.LOGISTIC.withLoss(Loss.SQUARED).withRegularization(new Regularization(0, 10, true));
        return new EffectsConfig(
                data,
                List.of(
                        new CoordinateSpec("all", "", List.of(), ridge, ActiveSamples.ALL, 0, 0),
                        new CoordinateSpec("user359", "", List.of(), ridge, ActiveSamples.ALL, 0, 0)),
                new EffectsConfig.Descent(1, Set.of("all"), List.of(Evaluator.parse("RMSE", Compat.NONE)), Compat.NONE),
                null,
                1);
    }

    @Test
    void thePublishedModelIsTrainedBehindTheFixedEffect() throws IOException {
        Path start = Files.createDirectory(folder.resolve("start"));
        Path fixed = MixedEffectsData.path(FOLDER + "initital-fixed-effect-model"); // spelled so in the data
        Files.copy(fixed, start.resolve("all.txt"));
        EffectsConfig config = config(
                MixedEffectsData.path(FOLDER + "training-data-u359"), MixedEffectsData.path(FOLDER + "test-data-u359"));
        DescentResult result = EffectsJob.train(config, start, folder.resolve("out"), OutputFormat.DLRM, _ -> {});
        List<Double> errors =
                result.steps().stream().map(LambdaFilesTest::error).toList();
        assertThat(errors.get(1)).isCloseTo(0.70536, within(5e-6));
        assertThat(errors.get(2)).isCloseTo(0.69985, within(5e-6));

        FeatureIndex index = new FeatureIndex();
        for (int j = 0; j < 30; j++) {
            index.add(String.valueOf(j), "");
        }
        EntityModel published = LambdaModel.read(MixedEffectsData.path(FOLDER + "final-model-u359"), "user359", true)
                .toModel(index);
        EntityModel trained = Objects.requireNonNull(new ModelFolder(folder.resolve("out"))
                .read(config.coordinate("user359"), index)
                .get("user359"));
        assertThat(trained.size()).isEqualTo(31).isEqualTo(published.size());
        for (int i = 0; i < published.size(); i++) {
            assertThat(trained.feature(i)).isEqualTo(published.feature(i));
            assertThat(trained.mean(i)).isCloseTo(published.mean(i), within(1e-5));
        }
    }

    private static double error(DescentStep step) {
        return step.metrics().getOrDefault("RMSE", Double.NaN);
    }

    @Test
    void samplesKeepTheirFeaturesInEveryLayout() throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "9\t4\t0.5\t-1\n\n9\t2.5\t0.25\t2\n");
        EffectsConfig config = config(text, text);
        assertThat(GdmixExport.run(config, folder.resolve("gdmix"))).isEqualTo(8);
        assertThat(folder.resolve("gdmix/all/featureList/all")).hasContent("0,\n1,\n");
        assertThat(PhotonExport.run(config, folder.resolve("photon"))).isEqualTo(4);
        assertThat(folder.resolve("photon/feature-bags/user359")).hasContent("0\t\n1\t\n");
    }

    @Test
    void faultsNameFileAndLine() throws IOException {
        Path samples = Files.writeString(folder.resolve("samples"), "1\t4\t0.5\n2\t3\t0.5\t0.5\n");
        Sample sample = new Sample();
        try (LambdaSamples in = LambdaSamples.open(samples, new FeatureIndex(), 7)) {
            assertThat(in.next(sample)).isTrue();
            assertThat(sample.uid()).isEqualTo(7);
            assertThat(sample.label()).isEqualTo(4);
            assertThatThrownBy(() -> in.next(sample))
                    .isInstanceOf(DataException.class)
                    .hasMessage(
                            "%s: line 2: 4 fields, want 3: time, label and a value for each feature, tabs between them",
                            samples);
        }
        Path model = Files.writeString(folder.resolve("model"), "0.5\ntwo\n");
        assertThatThrownBy(() -> LambdaModel.read(model, "m", true))
                .hasMessage("%s: line 2: \"two\", want a number", model);
        Path endless = Files.writeString(folder.resolve("endless"), "Infinity\n");
        assertThatThrownBy(() -> LambdaModel.read(endless, "m", true))
                .hasMessage("%s: line 1: Infinity, want a finite number", endless);
        Path empty = Files.createFile(folder.resolve("empty"));
        assertThatThrownBy(() -> LambdaModel.read(empty, "m", true))
                .hasMessage("%s: no coefficients, want one a line", empty);
    }
}
