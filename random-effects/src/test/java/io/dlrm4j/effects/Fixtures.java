package io.dlrm4j.effects;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrm4j.effects.data.EntityData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/// Samples for tests: drawn, or read from the shared data where they are.
public final class Fixtures {
    private Fixtures() {}

    /// @return the file in the shared data; the test is skipped where it is absent
    public static Path shared(String file) {
        Path path = Path.of(System.getProperty("data.dir", "absent"), file);
        assumeTrue(Files.exists(path), "data.dir holds no " + file);
        return path;
    }

    /// @return samples of a logistic model with hidden coefficients, weights from 0.5 to 1.5 and some offsets
    public static EntityData clicks(long seed, int rows, int features, double density) {
        Random random = new Random(seed);
        double[] hidden = random.doubles(features, -1, 1).toArray();
        EntityData data = new EntityData();
        data.begin("entity " + seed);
        for (int row = 0; row < rows; row++) {
            double offset = 0.5 * random.nextGaussian();
            double margin = offset - 0.3;
            double[] values = new double[features];
            for (int j = 0; j < features; j++) {
                values[j] = random.nextDouble() < density ? random.nextGaussian() : 0;
                margin += hidden[j] * values[j];
            }
            double label = random.nextDouble() < 1 / (1 + Math.exp(-margin)) ? 1 : 0;
            data.addRow(1000 * seed + row, label, 0.5 + random.nextDouble(), offset);
            for (int j = 0; j < features; j++) {
                if (values[j] != 0) {
                    data.addFeature(7 * j + 3, values[j]);
                }
            }
        }
        return data;
    }

    /// @return the same samples with other labels: `scale * label + shift`
    public static EntityData relabelled(EntityData from, double scale, double shift) {
        EntityData data = new EntityData();
        data.begin(from.entity());
        for (int row = 0; row < from.rows(); row++) {
            data.addRow(from.uids()[row], scale * from.labels()[row] + shift, from.weights()[row], from.offsets()[row]);
            for (int k = from.rowStarts()[row]; k < from.rowStarts()[row + 1]; k++) {
                data.addFeature(from.indices()[k], from.values()[k]);
            }
        }
        return data;
    }

    /// @return Photon's heart data, features 1 to 13, labels 0 and 1
    public static EntityData heart() throws IOException {
        EntityData data = new EntityData();
        data.begin("heart");
        for (String line : Files.readAllLines(shared("mixed-effects/photon-ml/heart.txt"))) {
            String[] words = line.strip().split("\\s+", -1);
            data.addRow(data.rows(), Double.parseDouble(words[0]) > 0 ? 1 : 0, 1, 0);
            for (int i = 1; i < words.length; i++) {
                String[] pair = words[i].split(":", -1);
                data.addFeature(Integer.parseInt(pair[0]), Double.parseDouble(pair[1]));
            }
        }
        return data;
    }
}
