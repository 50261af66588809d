package io.dlrm4j.effects.job;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.descent.ScoreTable;
import io.dlrm4j.effects.flow.EntityStream;
import io.dlrm4j.effects.format.avro.AvroSchemas;
import io.dlrm4j.effects.format.avro.AvroWriter;
import io.dlrm4j.effects.format.photon.PhotonInput;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.job.SampleInput.Part;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/// Writes the samples of a configuration, whatever their format, as Photon's input:
///
/// ```
/// OUTPUT/training/part-00000.avro, OUTPUT/validation/part-00000.avro    a record a sample
/// OUTPUT/feature-bags/BAG                                               name TAB term
/// ```
///
/// A record has one feature bag for each coordinate, of its name, and the ids of entities in its `metadataMap`; offsets
/// are the sums of offsets and score files. Of a single coordinate it is a `TrainingExampleAvro`, whose bag is
/// `features`. Labels, weights and entities of all samples are in memory, about 40 bytes a sample and 4 more for each
/// kind of entity.
public final class PhotonExport {
    private final EffectsSession session;
    private final List<CoordinateSpec> coordinates;
    private final Schema schema;

    private PhotonExport(EffectsSession session) {
        this.session = session;
        this.coordinates = session.config().coordinates();
        Set<String> bags = new HashSet<>();
        for (CoordinateSpec spec : coordinates) {
            if (!bags.add(bag(spec))) {
                throw new DataException("coordinates %s: two of them have the feature bag %s, want other names"
                        .formatted(
                                coordinates.stream().map(CoordinateSpec::name).toList(), bag(spec)));
            }
        }
        this.schema = isSingle()
                ? AvroSchemas.TRAINING_EXAMPLE
                : AvroSchemas.gameSample(coordinates.stream().map(this::bag).toList());
    }

    /// @param output a new folder
    /// @return number of samples written
    /// @throws IOException when files cannot be read or written
    public static long run(EffectsConfig config, Path output) throws IOException {
        long count = 0;
        try (EffectsSession session = new EffectsSession(config, output)) {
            PhotonExport export = new PhotonExport(session);
            count += export.write(Part.TRAINING, output);
            if (config.data().validation() != null) {
                count += export.write(Part.VALIDATION, output);
            }
            for (CoordinateSpec spec : config.coordinates()) {
                PhotonInput.writeBag(output.resolve("feature-bags"), export.bag(spec), session.index(spec));
            }
        }
        return count;
    }

    private boolean isSingle() {
        return coordinates.size() == 1;
    }

    private String bag(CoordinateSpec spec) {
        return isSingle() ? "features" : AvroSchemas.fieldName(spec.name());
    }

    private long write(Part part, Path output) throws IOException {
        SampleFiles files = session.files(part, null);
        SampleFiles.Table table = files.table(Set.of());
        ScoreTable samples = table.table();
        Map<String, Entities> entities = new LinkedHashMap<>();
        for (CoordinateSpec spec : coordinates) {
            if (spec.isRandom() && !entities.containsKey(spec.entity())) {
                entities.put(
                        spec.entity(),
                        new Entities(files.groups(spec.entity(), samples), files.entities(spec.entity())));
            }
        }
        Path file = output.resolve(part.name().toLowerCase(Locale.ROOT)).resolve("part-00000.avro");
        List<Bag> bags = new ArrayList<>();
        try (AvroWriter writer = AvroWriter.open(file, schema)) {
            for (CoordinateSpec spec : coordinates) {
                bags.add(new Bag(spec, session.index(spec), files.inOrder(spec, session.index(spec))));
            }
            for (int row = 0; row < samples.rows(); row++) {
                GenericRecord record = new GenericData.Record(schema);
                record.put("uid", Long.toString(samples.uid(row)));
                record.put(isSingle() ? "label" : "response", samples.label(row));
                record.put("weight", samples.weight(row));
                record.put("offset", table.given().get(row));
                Map<String, String> ids = new LinkedHashMap<>();
                for (Map.Entry<String, Entities> kind : entities.entrySet()) {
                    ids.put(kind.getKey(), kind.getValue().of(row));
                }
                record.put("metadataMap", ids.isEmpty() ? null : ids);
                for (Bag bag : bags) {
                    String name = bag(bag.spec);
                    record.put(
                            name,
                            bag.next(samples.uid(row), schema.getField(name).schema()));
                }
                writer.write(record);
            }
            writer.finish();
        } finally {
            for (Bag bag : bags) {
                bag.close();
            }
        }
        return samples.rows();
    }

    /// The entity of each sample.
    private record Entities(Ints groups, List<String> names) {
        String of(int row) {
            return names.get(groups.get(row));
        }
    }

    /// The features of one coordinate, sample by sample.
    private static final class Bag implements Closeable {
        private final CoordinateSpec spec;
        private final FeatureIndex index;
        private final EntityStream in;
        private final EntityData part = new EntityData();
        private int row;

        Bag(CoordinateSpec spec, FeatureIndex index, EntityStream in) {
            this.spec = spec;
            this.index = index;
            this.in = in;
        }

        GenericData.Array<GenericRecord> next(long uid, Schema bag) throws IOException {
            if (row == part.rows()) {
                row = 0;
                in.nextPart(part, SampleFiles.PART);
            }
            if (part.rows() == 0 || part.uids()[row] != uid) {
                throw new DataException("coordinate %s: no sample has uid %d, want the same samples in all coordinates"
                        .formatted(spec.name(), uid));
            }
            Map<Integer, Double> sums = new LinkedHashMap<>(); // Photon wants each feature once
            for (int k = part.rowStarts()[row]; k < part.rowStarts()[row + 1]; k++) {
                sums.merge(part.indices()[k], part.values()[k], Double::sum);
            }
            row++;
            GenericData.Array<GenericRecord> features = new GenericData.Array<>(sums.size(), bag);
            sums.forEach((number, value) -> {
                GenericRecord feature = new GenericData.Record(bag.getElementType());
                feature.put("name", index.name(number));
                feature.put("term", index.term(number));
                feature.put("value", value);
                features.add(feature);
            });
            return features;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
