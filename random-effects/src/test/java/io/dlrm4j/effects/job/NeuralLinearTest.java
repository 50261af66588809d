package io.dlrm4j.effects.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.descent.DescentResult;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.job.EffectsConfig.Preparation;
import io.dlrm4j.effects.job.EffectsConfig.Source;
import io.dlrm4j.effects.solve.Regularization;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random effects on the activations of a deep model's last hidden layer, which lie beside its logits.
class NeuralLinearTest {
    private static final int USERS = 60;
    private static final int HIDDEN = 6;
    private static final int TRAINING = 9_000;
    private static final int VALIDATION = 6_000;
    private static final Evaluator AUC = Evaluator.parse("AUC", Compat.NONE);

    @TempDir
    Path folder;

    /// Clicks of users, and what a deep model says that has learned the weights all users have in common.
    ///
    /// @param spread how differently users weigh the hidden directions
    private void write(double spread) throws IOException, SQLException {
        Random random = new Random(7);
        double[] common = {1, -1, 0.5, -0.5, 1.5, -1.5};
        double[][] own = new double[USERS][HIDDEN + 1];
        for (double[] weights : own) {
            for (int k = 0; k < HIDDEN; k++) {
                weights[k] = common[k] + spread * random.nextGaussian();
            }
            weights[HIDDEN] = 0.5 * random.nextGaussian();
        }
        StringBuilder scores = new StringBuilder("uid,label,logit,hidden\n");
        for (String part : new String[] {"training", "validation"}) {
            int first = part.equals("training") ? 0 : TRAINING;
            StringBuilder rows = new StringBuilder("uid,user,label\n");
            for (int i = first; i < (first == 0 ? TRAINING : TRAINING + VALIDATION); i++) {
                int user = random.nextInt(USERS);
                double logit = 0;
                double truth = own[user][HIDDEN];
                StringBuilder hidden = new StringBuilder();
                for (int k = 0; k < HIDDEN; k++) {
                    double activation = Math.max(0, random.nextGaussian());
                    logit += common[k] * activation;
                    truth += own[user][k] * activation;
                    hidden.append(String.format(Locale.ROOT, "%s%.4f", k == 0 ? "" : ", ", activation));
                }
                int label = random.nextDouble() < 1 / (1 + Math.exp(-truth)) ? 1 : 0;
                rows.append("%d,u%d,%d\n".formatted(i, user, label));
                scores.append(String.format(Locale.ROOT, "%d,%d,%.4f,\"[%s]\"\n", i, label, logit, hidden));
            }
            Files.writeString(folder.resolve(part + ".csv"), rows);
        }
        Path text = Files.writeString(folder.resolve("deep.csv"), scores);
        try (Connection database = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = database.createStatement()) {
            statement.execute(
                    "COPY (SELECT uid, label, logit, CAST(hidden AS FLOAT[%d]) AS hidden FROM read_csv('%s')) TO '%s'"
                            .formatted(HIDDEN, text, folder.resolve("deep.parquet")));
        }
    }

    private EffectsConfig config(List<String> scoreFeatures) {
        EffectsConfig.Data data = new EffectsConfig.Data(
                folder.resolve("training.csv"),
                folder.resolve("validation.csv"),
                List.of(folder.resolve("deep.parquet")),
                "uid",
                "label",
                "",
                "");
        Source source = new Source(null, null, null, null, scoreFeatures);
        SolverSettings solver = SolverSettings.LOGISTIC.withRegularization(new Regularization(0, 4, false));
        CoordinateSpec users = new CoordinateSpec(
                "users",
                "user",
                List.of(),
                solver,
                ActiveSamples.ALL,
                0,
                0,
                new Preparation(source, Normalization.NONE, 1));
        EffectsConfig.Descent descent = new EffectsConfig.Descent(1, Set.of(), List.of(AUC), Compat.NONE);
        return new EffectsConfig(data, List.of(users), descent, null, 2);
    }

    private double auc(List<String> scoreFeatures) throws IOException {
        Path out = folder.resolve("out" + scoreFeatures.size());
        DescentResult result = EffectsJob.train(config(scoreFeatures), null, out, OutputFormat.DLRM, _ -> {});
        return result.steps().getLast().metrics().getOrDefault("AUC", Double.NaN);
    }

    @Test
    void whereUsersWeighHiddenDirectionsDifferentlyTheActivationsBeatTheIntercept() throws Exception {
        write(1);
        double intercept = auc(List.of());
        double neural = auc(List.of("hidden"));
        assertThat(neural).isGreaterThan(intercept + 0.03);
        String text = ExplainJob.run(
                config(List.of("hidden")), folder.resolve("out1"), null, "users", "u3", folder.resolve("explained"));
        assertThat(text).contains("hidden");
    }

    @Test
    void whereAllUsersWeighThemAlikeTheyBringNothing() throws Exception {
        write(0);
        assertThat(auc(List.of("hidden"))).isLessThan(auc(List.of()) + 0.005);
    }

    @Test
    void everySampleNeedsActivationsAndTheyNeedAColumn() throws Exception {
        write(1);
        assertThatThrownBy(() -> auc(List.of("hiden")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no column hiden for features, there are [uid, label, logit, hidden]");
        Path more = folder.resolve("training.csv");
        Files.writeString(more, Files.readString(more) + "99999,u1,1\n");
        EffectsConfig alone = new EffectsConfig(
                new EffectsConfig.Data(more, null, config(List.of()).data().scores(), "uid", "label", "", ""),
                config(List.of("hidden")).coordinates(),
                new EffectsConfig.Descent(1, Set.of(), List.of(), Compat.NONE),
                null,
                2);
        assertThatThrownBy(() -> EffectsJob.train(alone, null, folder.resolve("out"), OutputFormat.DLRM, _ -> {}))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("uid 99999 has no");
        assertThatThrownBy(() -> new EffectsConfig(
                        new EffectsConfig.Data(more, null, List.of(), "uid", "label", "", ""),
                        alone.coordinates(),
                        alone.descent(),
                        null,
                        2))
                .hasMessage("coordinate users: score_features without score files, want data.scores");
    }
}
