package io.dlrm4j.effects.job;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.store.ModelStore;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/// Samples of users and movies as JSON lines, whose tastes are hidden in them.
public final class OnlineSamples {
    private OnlineSamples() {}

    /// @return as many samples
    public static List<String> lines(int count) {
        Random random = new Random(11);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int user = random.nextInt(6);
            int movie = random.nextInt(4);
            double x = random.nextGaussian();
            double margin = (user - 2.5) * x + movie - 1.5;
            int label = random.nextDouble() < 1 / (1 + Math.exp(-margin)) ? 1 : 0;
            lines.add(String.format(
                    Locale.ROOT,
                    "{\"uid\": %d, \"label\": %d, \"offset\": %.3f, \"user\": \"u%d\", \"movie\": %d, \"x\": %.4f, \"genre\": \"g%d\"}",
                    i,
                    label,
                    0.1 * random.nextGaussian(),
                    user,
                    movie,
                    x,
                    i / 40)); // genres join
        }
        return lines;
    }

    /// @return the file
    public static Path write(Path file, List<String> lines) throws IOException {
        return Files.writeString(file, String.join("\n", lines) + "\n");
    }

    /// Users by x and genre, movies by x, both with intercepts.
    public static EffectsConfig config(Path file) {
        EffectsConfig.Data data = new EffectsConfig.Data(file, null, List.of(), "uid", "label", "", "offset");
        return new EffectsConfig(
                data,
                List.of(spec("per_user", "user", "x", "genre"), spec("per_movie", "movie", "x")),
                new EffectsConfig.Descent(1, Set.of(), List.of(), Compat.NONE),
                null,
                1);
    }

    private static EffectsConfig.CoordinateSpec spec(String name, String entity, String... features) {
        return new EffectsConfig.CoordinateSpec(
                name, entity, List.of(features), SolverSettings.LOGISTIC, ActiveSamples.ALL, 0, 0);
    }

    /// @return every number of every belief of a store
    public static Map<String, String> beliefs(Path store) throws IOException {
        Map<String, String> beliefs = new TreeMap<>();
        try (ModelStore open = ModelStore.open(store)) {
            open.forEach(model -> beliefs.put(
                    model.idType() + " " + model.key(),
                    Arrays.toString(model.posterior().features())
                            + Arrays.toString(model.posterior().means())
                            + Arrays.toString(model.posterior().precisions())));
        }
        return beliefs;
    }
}
