package io.dlrm4j.effects.job;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.flow.FeatureColumn;
import io.dlrm4j.effects.flow.FlowOptions;
import io.dlrm4j.effects.flow.SampleTable;
import io.dlrm4j.effects.flow.TableSamples;
import io.dlrm4j.effects.format.PartFiles;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.SampleReader;
import io.dlrm4j.effects.format.avro.AvroSamples;
import io.dlrm4j.effects.format.gdmix.FeatureList;
import io.dlrm4j.effects.format.gdmix.GdmixFolders;
import io.dlrm4j.effects.format.gdmix.TensorMetadata;
import io.dlrm4j.effects.format.gdmix.TfRecordSamples;
import io.dlrm4j.effects.format.json.JsonSample;
import io.dlrm4j.effects.format.json.JsonSamples;
import io.dlrm4j.effects.format.lambda.LambdaSamples;
import io.dlrm4j.effects.format.photon.LibSvmSamples;
import io.dlrm4j.effects.format.photon.PhotonInput;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.job.EffectsConfig.Data;
import io.dlrm4j.effects.job.EffectsConfig.Format;
import io.dlrm4j.effects.job.EffectsConfig.Source;
import io.dlrm4j.effects.solve.Loss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Where the samples of one coordinate are, and how they are read.
///
/// @param format never [Format#AUTO] nor [Format#GDMIX], which say where files are
/// @param path of the samples
/// @param files at `path`; of [Format#TABLE] not looked at
/// @param metadata of TFRecords, or null
/// @param grouping the coordinate's entity, by which TFRecords may be grouped
/// @param numbered whether a feature list numbers the features
record SampleInput(
        Data data,
        Loss loss,
        Format format,
        Path path,
        List<Path> files,
        @Nullable TensorMetadata metadata,
        String grouping,
        boolean numbered) {
    /// Which samples.
    enum Part {
        TRAINING,
        VALIDATION
    }

    /// @param given where the samples are instead of where the configuration has them, or null
    /// @throws DataException when there are none, or their format is not told
    static SampleInput of(EffectsConfig config, CoordinateSpec spec, Part part, @Nullable Path given)
            throws IOException {
        Data data = config.data();
        Source source = spec.preparation().source();
        Path own = given != null ? null : part == Part.TRAINING ? source.training() : source.validation();
        Path usual = part == Part.TRAINING || data.validation() == null ? data.training() : data.validation();
        Path path = own != null ? own : given != null ? given : usual;
        Path metadata = source.metadata();
        Format format = data.reading().format();
        if (format == Format.GDMIX) {
            boolean file = Files.isRegularFile(path); // of a feed, which is not laid down as the training samples are
            Path root = own != null || file ? data.training() : path;
            GdmixFolders folders = new GdmixFolders(root.resolve(spec.name()));
            if (own == null && !file) {
                path = part == Part.TRAINING ? folders.trainingData() : folders.validationData();
            }
            metadata = metadata == null ? folders.metadata() : metadata;
            format = Format.AUTO;
        }
        List<Path> files = files(path, data.reading().days());
        format = format == Format.AUTO ? byName(files.getFirst()) : format;
        if (format == Format.TFRECORD && metadata == null) {
            throw new DataException("%s: TFRecords, want their metadata: coordinates.metadata".formatted(path));
        }
        if (format == Format.TABLE && !data.reading().days().isEmpty()) {
            throw new DataException("%s: days of Parquet or CSV, want Avro, JSON, text or TFRecords".formatted(path));
        }
        if ((format == Format.LIBSVM || format == Format.LAMBDA) && spec.isRandom()) {
            throw new DataException("%s: %s text has no entities, want a fixed effect or another format"
                    .formatted(path, format == Format.LIBSVM ? "LibSVM's" : "Lambda Learner's"));
        }
        TensorMetadata tensors = metadata == null ? null : TensorMetadata.read(metadata);
        boolean numbered = featureList(config, spec) != null;
        return new SampleInput(data, config.loss(), format, path, files, tensors, spec.entity(), numbered);
    }

    /// @return the number of each feature: those of a feature list or of Photon's bags, or none yet
    static FeatureIndex index(EffectsConfig config, CoordinateSpec spec) throws IOException {
        Path list = featureList(config, spec);
        FeatureIndex index =
                list == null ? new FeatureIndex() : FeatureList.read(list).index();
        Path bags = config.data().reading().featureBags();
        if (bags != null) {
            PhotonInput.refusePalDb(bags);
            PhotonInput.readBags(bags, spec.features(), index);
        }
        return index;
    }

    /// @return the feature list that numbers a coordinate's features, or null
    static @Nullable Path featureList(EffectsConfig config, CoordinateSpec spec) {
        Path list = spec.preparation().source().featureList();
        if (list == null
                && config.data().reading().format() == Format.GDMIX
                && spec.features().size() == 1) {
            Path root = config.data().training().resolve(spec.name());
            list = new GdmixFolders(root).featureList(spec.features().getFirst());
        }
        return list;
    }

    private static List<Path> files(Path path, String days) throws IOException {
        if (days.isEmpty()) {
            return PartFiles.of(path);
        }
        String[] ends = days.split("\\.\\.", -1);
        List<Path> files = new ArrayList<>();
        try {
            LocalDate first = LocalDate.parse(ends[0]);
            for (Path day : PhotonInput.days(path, first, LocalDate.parse(ends[ends.length - 1]))) {
                files.addAll(PartFiles.of(day));
            }
            return files;
        } catch (DateTimeParseException e) {
            throw new DataException("days=%s, want two dates as 2016-02-28..2016-03-02".formatted(days), e);
        }
    }

    private static Format byName(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        String plain = name.replaceAll("\\.(gz|deflate|zlib)$", "");
        int dot = plain.lastIndexOf('.');
        return switch (plain.substring(dot + 1)) {
            case "parquet", "csv", "tsv" -> Format.TABLE;
            case "avro" -> Format.AVRO;
            case "jsonl", "ndjson" -> Format.JSON;
            case "tfrecord", "tfrecords" -> Format.TFRECORD;
            case "txt", "libsvm" -> Format.LIBSVM;
            default ->
                throw new DataException(
                        "%s: its name does not tell its format; say data.format: table, avro, json, libsvm, lambda, tfrecord or gdmix"
                                .formatted(file));
        };
    }

    boolean isTable() {
        return format == Format.TABLE;
    }

    SampleColumns columns(String entity, List<String> features) {
        return new SampleColumns(data.uid(), data.label(), data.weight(), data.offset(), entity, features);
    }

    List<FeatureColumn> tableColumns(List<String> features) {
        return features.stream()
                .map(name -> new FeatureColumn(name, false, numbered))
                .toList();
    }

    /// @return readers of all files, one after the other, whose samples are numbered through where they have no uid
    List<SampleTable.Opener> openers(String entity, List<String> features, FeatureIndex index, FlowOptions options) {
        List<SampleTable.Opener> openers = new ArrayList<>();
        long[] samples = {0};
        for (Path file : files) {
            openers.add(() -> counting(open(file, entity, features, index, options, samples[0]), samples));
        }
        return openers;
    }

    /// @param firstUid number of the first sample where samples have no uid
    SampleReader open(
            Path file, String entity, List<String> features, FeatureIndex index, FlowOptions options, long firstUid)
            throws IOException {
        SampleColumns columns = columns(entity, features);
        return switch (format) {
            case TABLE -> TableSamples.open(file, columns, tableColumns(features), index, options, firstUid);
            case AVRO -> AvroSamples.open(file, columns, index, firstUid);
            case JSON -> JsonSamples.open(file, new JsonSample(columns, index, numbered), firstUid);
            case LIBSVM -> {
                boolean classes = loss == Loss.LOGISTIC || loss == Loss.SMOOTHED_HINGE;
                yield LibSvmSamples.open(file, index, classes, firstUid);
            }
            case LAMBDA -> LambdaSamples.open(file, index, firstUid);
            case TFRECORD -> {
                SampleColumns grouped = entity.isEmpty() ? columns(grouping, features) : columns;
                yield TfRecordSamples.open(file, grouped, required(metadata), firstUid);
            }
            case AUTO, GDMIX -> throw new IllegalStateException("format " + format);
        };
    }

    private static TensorMetadata required(@Nullable TensorMetadata metadata) {
        if (metadata == null) {
            throw new IllegalStateException("no metadata");
        }
        return metadata;
    }

    private static SampleReader counting(SampleReader reader, long[] samples) {
        return new SampleReader() {
            @Override
            public boolean next(Sample into) throws IOException {
                boolean more = reader.next(into);
                samples[0] += more ? 1 : 0;
                return more;
            }

            @Override
            public void close() throws IOException {
                reader.close();
            }
        };
    }
}
