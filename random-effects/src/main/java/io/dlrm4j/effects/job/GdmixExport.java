package io.dlrm4j.effects.job;

import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.gdmix.ExampleMaker;
import io.dlrm4j.effects.format.gdmix.FeatureList;
import io.dlrm4j.effects.format.gdmix.GdmixFolders;
import io.dlrm4j.effects.format.gdmix.TensorMetadata;
import io.dlrm4j.effects.format.tfrecord.TfRecordWriter;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.job.SampleInput.Part;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Writes the samples of a configuration, whatever their format, as GDMix's input: of each coordinate the feature list,
/// tensor metadata, and TFRecords of training and validation samples.
public final class GdmixExport {
    private GdmixExport() {}

    /// @param output a new folder, one folder in it for each coordinate
    /// @return number of samples written, of all coordinates together
    /// @throws IOException when files cannot be read or written
    public static long run(EffectsConfig config, Path output) throws IOException {
        long count = 0;
        List<Part> parts =
                config.data().validation() == null ? List.of(Part.TRAINING) : List.of(Part.TRAINING, Part.VALIDATION);
        try (EffectsSession session = new EffectsSession(config, output)) {
            for (CoordinateSpec spec : config.coordinates()) {
                GdmixFolders folders = new GdmixFolders(ModelFolder.inside(output, spec.name()));
                FeatureIndex index = session.index(spec);
                EntityData data = new EntityData();
                for (Part part : parts) { // every feature gets its number
                    try (EntitySource source =
                            session.files(part, null).withScores(spec, index).open()) {
                        while (source.next(data)) {
                            data.begin("");
                        }
                    }
                }
                SampleColumns columns = PartitionFiles.columns(spec, config.data(), index);
                TensorMetadata metadata = PartitionFiles.metadata(spec, columns, index.size());
                ExampleMaker examples = new ExampleMaker(columns, metadata);
                for (Part part : parts) {
                    Path folder = part == Part.TRAINING ? folders.trainingData() : folders.validationData();
                    try (EntitySource source = session.files(part, null)
                                    .withScores(spec, index)
                                    .open();
                            TfRecordWriter writer = TfRecordWriter.open(folder.resolve("part-00000.tfrecord"))) {
                        while (source.next(data)) {
                            for (int row = 0; row < data.rows(); row++) {
                                writer.write(examples.example(data, row));
                                count++;
                            }
                        }
                        writer.finish();
                    }
                }
                metadata.write(folders.metadata());
                for (String bag : columns.bags()) {
                    FeatureList.write(folders.featureList(bag), index);
                }
            }
        }
        return count;
    }
}
