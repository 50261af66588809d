package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.data.Batch;
import io.dlrm4j.trainer.manifest.CheckpointManifest;
import io.dlrm4j.trainer.manifest.TableShard;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one rank writes into a full checkpoint and into one of touched rows, and how much that is.
final class RankPart {
    private static final int HEADER_ROOM = 1024; // of a table's tensors

    private final int rank;
    private final Contents contents;
    private final RankFiles files;
    private final @Nullable TouchedRows touched;
    private final long denseBytes;

    /// @param incremental whether touched rows are noted
    RankPart(int rank, Contents contents, RankFiles files, boolean incremental) {
        this.rank = rank;
        this.contents = contents;
        this.files = files;
        this.touched = incremental ? new TouchedRows(contents.rows()) : null;
        long floats =
                contents.dense().weights().length() + contents.dense().state().length();
        this.denseBytes = (rank == 0 ? floats * Float.BYTES : 0)
                + contents.left().segment().byteSize();
    }

    Contents contents() {
        return contents;
    }

    void trained(Batch batch) {
        if (touched != null) {
            touched.mark(batch);
        }
    }

    /// @return the files, reading the model as it is when they are written
    List<FileImage> images(boolean full) {
        List<FileImage> images = new ArrayList<>();
        if (rank == 0) {
            images.add(files.dense(
                    contents.shape(),
                    contents.dense().weights(),
                    contents.dense().state()));
        }
        if (contents.left().length() > 0) {
            images.add(files.left(rank, contents.left()));
        }
        if (!contents.rows().isEmpty()) {
            String file = RankFiles.rowsFile(rank);
            images.add(
                    full || touched == null
                            ? files.full(file, contents.rows())
                            : files.touched(file, contents.rows(), numbers(touched)));
        }
        return images;
    }

    private List<long[]> numbers(TouchedRows rows) {
        List<long[]> numbers = new ArrayList<>();
        for (int i = 0; i < contents.rows().size(); i++) {
            numbers.add(rows.rows(i));
        }
        return numbers;
    }

    /// @return where the rows lie, as a part of the manifest
    CheckpointManifest shards(boolean full) {
        CheckpointManifest.Builder part = CheckpointManifest.newBuilder();
        List<TableShard> shards = RankFiles.shards(RankFiles.rowsFile(rank), contents.rows());
        for (int i = 0; i < shards.size(); i++) {
            TableShard shard = shards.get(i);
            part.addShards(
                    full || touched == null
                            ? shard
                            : shard.toBuilder().setTouchedRows(touched.count(i)).build());
        }
        return part.build();
    }

    /// @return bytes of a full checkpoint, without headers
    long fullBytes() {
        long bytes = denseBytes;
        for (Contents.Rows rows : contents.rows()) {
            bytes += rows.rows() * width(rows);
        }
        return bytes;
    }

    /// @return bytes of a checkpoint of the rows touched until now, without headers
    long touchedBytes() {
        if (touched == null) {
            return fullBytes();
        }
        long bytes = denseBytes;
        for (int i = 0; i < contents.rows().size(); i++) {
            bytes += touched.count(i) * (Long.BYTES + width(contents.rows().get(i)));
        }
        return bytes;
    }

    /// @return room for either, headers included
    long mostBytes() {
        long bytes = images(true).stream().mapToLong(FileImage::bytes).sum();
        for (Contents.Rows rows : contents.rows()) {
            bytes += touched == null ? 0 : rows.rows() * Long.BYTES + HEADER_ROOM;
        }
        return bytes;
    }

    private static long width(Contents.Rows rows) {
        return (long) (rows.dim() + rows.stateWidth()) * Float.BYTES;
    }

    /// All rows as they are now are in a full checkpoint, or in a copy that will be one.
    void taken() {
        if (touched != null) {
            touched.clear();
        }
    }
}
