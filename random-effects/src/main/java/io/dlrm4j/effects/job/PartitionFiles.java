package io.dlrm4j.effects.job;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.gdmix.ExampleMaker;
import io.dlrm4j.effects.format.gdmix.GdmixFolders;
import io.dlrm4j.effects.format.gdmix.ScoreFile;
import io.dlrm4j.effects.format.gdmix.TensorMetadata;
import io.dlrm4j.effects.format.gdmix.TensorMetadata.Column;
import io.dlrm4j.effects.format.gdmix.TensorMetadata.Dtype;
import io.dlrm4j.effects.format.tfrecord.TfRecordWriter;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.job.EffectsConfig.Data;
import io.dlrm4j.effects.solve.Loss;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The files of all partitions of one random effect, open at once. They appear when [#finish] is called.
final class PartitionFiles implements Closeable {
    private final GdmixFolders folders;
    private final Compat compat;
    private final SampleColumns columns;
    private final TensorMetadata metadata;
    private final ExampleMaker examples;
    private final Map<Path, ScoreFile.Writer> scores = new LinkedHashMap<>();
    private final Map<Path, TfRecordWriter> samples = new LinkedHashMap<>();

    PartitionFiles(CoordinateSpec spec, Data data, FeatureIndex index, GdmixFolders folders, Compat compat) {
        this.folders = folders;
        this.compat = compat;
        this.columns = columns(spec, data, index);
        this.metadata = metadata(spec, columns, index.size());
        this.examples = new ExampleMaker(columns, metadata);
    }

    /// @param index the features that the samples have
    /// @return the columns of a coordinate's TFRecords; its features are one bag, of the coordinate's name where
    ///     they come from no column or several
    static SampleColumns columns(CoordinateSpec spec, Data data, FeatureIndex index) {
        List<String> features = spec.allFeatures();
        boolean none = features.isEmpty() && index.size() == 0;
        return new SampleColumns(
                data.uid().isEmpty() ? "uid" : data.uid(),
                data.label(),
                data.weight().isEmpty() ? "weight" : data.weight(),
                data.offset().isEmpty() ? "offset" : data.offset(),
                spec.entity(),
                none ? List.of() : List.of(features.size() == 1 ? features.getFirst() : spec.name()));
    }

    /// @param features number of features of the bag
    static TensorMetadata metadata(CoordinateSpec spec, SampleColumns columns, int features) {
        List<Column> all = new ArrayList<>();
        all.add(Column.scalar(columns.uid(), Dtype.LONG));
        all.add(Column.scalar(columns.weight(), Dtype.FLOAT));
        all.add(Column.scalar(columns.offset(), Dtype.FLOAT));
        if (spec.isRandom()) {
            all.add(Column.scalar(columns.entity(), Dtype.STRING));
        }
        for (String bag : columns.bags()) {
            all.add(Column.bag(bag, Math.max(features, 1)));
        }
        Dtype label = spec.solver().loss() == Loss.LOGISTIC ? Dtype.INT : Dtype.FLOAT;
        return new TensorMetadata(all, List.of(Column.scalar(columns.label(), label)));
    }

    /// @return the writer of a score file
    ScoreFile.Writer scores(Path file) throws IOException {
        ScoreFile.Writer writer = scores.get(file);
        if (writer == null) {
            writer = ScoreFile.Writer.open(file, ScoreFile.Columns.GDMIX, false, compat);
            scores.put(file, writer);
        }
        return writer;
    }

    /// Writes an entity's samples, those that are trained on and the others apart.
    ///
    /// @param active those that are trained on, weights as in training
    /// @param chosen their uids
    void write(int partition, EntityData active, EntityData all, Set<Long> chosen, boolean training)
            throws IOException {
        if (!training) {
            put(folders.partitionedValidation(partition), all);
            return;
        }
        if (active.rows() > 0) {
            put(folders.partitionedTraining(true, partition), active);
        }
        EntityData passive = new EntityData();
        passive.begin(all.entity());
        for (int row = 0; row < all.rows(); row++) {
            if (!chosen.contains(all.uids()[row])) {
                passive.addRowOf(all, row);
            }
        }
        if (passive.rows() > 0) {
            put(folders.partitionedTraining(false, partition), passive);
        }
    }

    private void put(Path folder, EntityData data) throws IOException {
        Path file = folder.resolve("part-00000.tfrecord");
        TfRecordWriter writer = samples.get(file);
        if (writer == null) {
            writer = TfRecordWriter.open(file);
            samples.put(file, writer);
        }
        writer.write(examples.sequence(data));
    }

    /// @param withMetadata whether samples were written, which need their metadata
    void finish(boolean withMetadata) throws IOException {
        for (ScoreFile.Writer writer : scores.values()) {
            writer.finish();
        }
        for (TfRecordWriter writer : samples.values()) {
            writer.finish();
        }
        if (withMetadata) {
            metadata.write(folders.partitionedMetadata());
        }
    }

    @Override
    public void close() throws IOException {
        for (Closeable writer : scores.values()) {
            writer.close();
        }
        for (Closeable writer : samples.values()) {
            writer.close();
        }
    }
}
