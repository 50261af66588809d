package io.dlrm4j.effects.job;

import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.descent.MixedModel;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// Writes models of any layout in another one: ours, GDMix's or Photon's.
public final class ModelExport {
    private ModelExport() {}

    /// @param config names the coordinates, their entities and their loss; its samples are not looked at
    /// @param models folder of models, or a store of them
    /// @param output a new folder
    /// @return number of models
    /// @throws IOException when files cannot be read or written
    public static long run(EffectsConfig config, Path models, Path output, OutputFormat format) throws IOException {
        try (EffectsSession session = new EffectsSession(config, output)) {
            MixedModel model = session.read(models);
            switch (format.layout()) {
                case DLRM -> write(session, model, output);
                case GDMIX -> new GdmixOutput(session, output, format).writeModels(model);
                case PHOTON -> new PhotonOutput(session, output).writeBest(model, Map.of());
            }
            return model.coordinates().values().stream().mapToLong(Map::size).sum();
        }
    }

    /// Writes models in our layout.
    static void write(EffectsSession session, MixedModel model, Path output) throws IOException {
        ModelFolder folder = new ModelFolder(output);
        EffectsConfig config = session.config();
        for (CoordinateSpec spec : config.coordinates()) {
            Map<String, EntityModel> models = model.coordinates().getOrDefault(spec.name(), Map.of());
            folder.write(spec.name(), !spec.isRandom(), models, session.index(spec), config.loss());
        }
    }
}
