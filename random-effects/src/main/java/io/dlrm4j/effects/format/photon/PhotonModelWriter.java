package io.dlrm4j.effects.format.photon;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.format.JsonFile;
import io.dlrm4j.effects.format.NewFile;
import io.dlrm4j.effects.format.avro.AvroSchemas;
import io.dlrm4j.effects.format.avro.AvroWriter;
import io.dlrm4j.effects.format.avro.ModelRecord;
import io.dlrm4j.effects.format.avro.ModelRecord.Coefficient;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// Writes a model directory as Photon does: coefficients by decreasing size, those up to the sparsity threshold left
/// out.
///
/// Photon holds variances against the same threshold, so that a coefficient that is known well loses its variance and
/// has the weakest prior when the model is read again. `compat` PHOTON does the same; otherwise every known variance
/// is written.
public final class PhotonModelWriter {
    /// Photon's `--model-sparsity-threshold` where nothing is said.
    public static final double DEFAULT_THRESHOLD = 1e-4;

    /// The model id of a fixed effect.
    public static final String FIXED_EFFECT = "fixed-effect";

    private final Path folder;
    private final double threshold;
    private final Compat compat;

    /// @param folder of the model, made where it is missing
    /// @param threshold coefficients of this size or less are left out; 0 to lose none
    public PhotonModelWriter(Path folder, double threshold, Compat compat) {
        this.folder = folder;
        this.threshold = threshold;
        this.compat = compat;
    }

    /// Writes `model-metadata.json`.
    ///
    /// @param task such as LOGISTIC_REGRESSION
    /// @param configurations by coordinate: what it was trained with
    public void writeMetadata(String task, Map<String, JsonNode> configurations) throws IOException {
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        tree.put("modelType", task);
        var values = tree.putObject("optimizationConfigurations").putArray("values");
        configurations.forEach(
                (name, configuration) -> values.addObject().put("name", name).set("configuration", configuration));
        JsonFile.write(folder.resolve(PhotonModel.METADATA), tree);
    }

    /// Writes a fixed effect.
    ///
    /// @param coordinate its name
    public void writeFixed(String coordinate, String shard, ModelRecord model) throws IOException {
        Path own = folder.resolve(PhotonModel.FIXED).resolve(requireName(coordinate));
        NewFile.write(own.resolve(PhotonModel.ID_INFO), shard + "\n");
        ModelRecord named =
                new ModelRecord(FIXED_EFFECT, model.modelClass(), model.coefficients(), model.lossFunction());
        try (Models models = new Models(part(own, 0))) {
            models.write(named);
            models.finish();
        }
    }

    /// Starts a random effect, or one more file of it.
    ///
    /// @param coordinate its name
    /// @param entityType the random effect's type, such as userId
    /// @param part number of the file
    public Models openRandom(String coordinate, String entityType, String shard, int part) throws IOException {
        Path own = folder.resolve(PhotonModel.RANDOM).resolve(requireName(coordinate));
        NewFile.write(own.resolve(PhotonModel.ID_INFO), entityType + "\n" + shard + "\n");
        return new Models(part(own, part));
    }

    private static Path part(Path coordinate, int part) {
        return coordinate.resolve(PhotonModel.COEFFICIENTS).resolve("part-%05d.avro".formatted(part));
    }

    private static String requireName(String coordinate) {
        if (coordinate.isEmpty()
                || coordinate.contains("/")
                || coordinate.contains("\\")
                || coordinate.startsWith(".")) {
            throw new DataException("coordinate \"%s\": want a name that can be a folder's".formatted(coordinate));
        }
        return coordinate;
    }

    /// The models of a random effect, one an entity, in one file, which appears when [#finish] is called.
    public final class Models implements Closeable {
        private final AvroWriter out;

        private Models(Path file) throws IOException {
            out = AvroWriter.open(file, AvroSchemas.BAYESIAN_LINEAR_MODEL);
        }

        /// Appends an entity's model.
        public void write(ModelRecord model) throws IOException {
            List<Coefficient> means = sorted(model, Coefficient::mean, threshold);
            List<Coefficient> variances =
                    sorted(model, Coefficient::variance, compat == Compat.PHOTON ? threshold : -1);
            out.write(model.toAvro(means, variances));
        }

        private static List<Coefficient> sorted(ModelRecord model, ToDoubleFunction<Coefficient> of, double above) {
            List<Coefficient> kept = new ArrayList<>();
            for (Coefficient coefficient : model.coefficients()) {
                if (Math.abs(of.applyAsDouble(coefficient)) > above) { // false for an unknown variance
                    kept.add(coefficient);
                }
            }
            kept.sort(Comparator.comparingDouble((Coefficient one) -> -Math.abs(of.applyAsDouble(one))));
            return kept;
        }

        /// Makes the file appear.
        ///
        /// @return its absolute path
        public Path finish() throws IOException {
            return out.finish();
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
