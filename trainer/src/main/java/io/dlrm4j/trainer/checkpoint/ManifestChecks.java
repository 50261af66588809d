package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.trainer.manifest.CheckpointManifest;
import io.dlrm4j.trainer.manifest.ModelShape;
import io.dlrm4j.trainer.manifest.Position;
import io.dlrm4j.trainer.manifest.ShardFile;
import io.dlrm4j.trainer.manifest.TableShard;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Whether what a manifest says holds together. A checksum finds accidents; this finds what a broken or hostile writer
/// sealed, so that readers may trust every name, size and number after it.
final class ManifestChecks {
    private static final int MAX_BLOCK_BYTES = 64 << 20;
    private static final int MAX_WIDTH = 1 << 24;
    private static final int MAX_LAYERS = 1000;
    private static final long MAX_ROWS = 1L << 44;
    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}");

    private final Path path;
    private final CheckpointManifest manifest;

    private ManifestChecks(Path path, CheckpointManifest manifest) {
        this.path = path;
        this.manifest = manifest;
    }

    /// @param path named in messages
    /// @throws CheckpointException when something does not hold, saying what was wanted
    static void run(Path path, CheckpointManifest manifest) {
        ManifestChecks checks = new ManifestChecks(path, manifest);
        checks.version();
        Set<String> names = checks.files();
        checks.shape();
        checks.shards(names);
        checks.position();
        Compatibility.config(path.toString(), manifest);
    }

    private void version() {
        if (manifest.getFormatVersion() < 1 || manifest.getFormatVersion() > ManifestFile.FORMAT_VERSION) {
            throw new CheckpointException("%s: format version %d of %s, want 1 to %d; use a newer version of dlrm"
                    .formatted(path, manifest.getFormatVersion(), manifest.getWriter(), ManifestFile.FORMAT_VERSION));
        }
        require(
                manifest.getBlockBytes() >= 1 && manifest.getBlockBytes() <= MAX_BLOCK_BYTES,
                "block_bytes=%d, want 1 to %d".formatted(manifest.getBlockBytes(), MAX_BLOCK_BYTES));
        require(manifest.getRanks() >= 1, "ranks=%d, want 1 or more".formatted(manifest.getRanks()));
        if (manifest.hasBase()) {
            String base = manifest.getBase().getName();
            require(
                    manifest.getFormatVersion() >= 2 && CheckpointFolder.isName(base),
                    "base \"%s\" in version %d, want a name as step-00001000 in version 2"
                            .formatted(base, manifest.getFormatVersion()));
        }
    }

    private Set<String> files() {
        Set<String> names = new HashSet<>();
        for (ShardFile file : manifest.getFilesList()) {
            require(
                    PLAIN_NAME.matcher(file.getName()).matches() && names.add(file.getName()),
                    "file name \"%s\", want a plain name that occurs once".formatted(file.getName()));
            long blocks = Math.ceilDiv(file.getBytes(), (long) manifest.getBlockBytes());
            require(
                    file.getBytes() >= 0 && blocks == file.getBlockCrc32CCount(),
                    "file %s of %d bytes has %d checksums, want %d"
                            .formatted(file.getName(), file.getBytes(), file.getBlockCrc32CCount(), blocks));
        }
        require(names.contains(RankFiles.DENSE_FILE), "no file " + RankFiles.DENSE_FILE);
        return names;
    }

    private void shape() {
        ModelShape shape = manifest.getShape();
        for (List<Integer> widths : List.of(shape.getBottomList(), shape.getTopList())) {
            require(
                    widths.size() <= MAX_LAYERS,
                    "%d widths of an MLP, want %d at most".formatted(widths.size(), MAX_LAYERS));
            for (int width : widths) {
                require(width <= MAX_WIDTH, "an MLP's width=%d, want %d at most".formatted(width, MAX_WIDTH));
            }
        }
        for (long rows : shape.getTablesList()) {
            require(rows <= MAX_ROWS, "a table of %d rows, want %d at most".formatted(rows, MAX_ROWS));
        }
        try {
            DlrmShape _ = Compatibility.shape(shape);
            OptimizerKind _ = OptimizerKind.valueOf(shape.getTableRule());
            OptimizerKind _ = OptimizerKind.valueOf(shape.getMlpRule());
        } catch (IllegalArgumentException e) {
            throw new CheckpointException("%s: its model cannot be: %s".formatted(path, e.getMessage()), e);
        }
    }

    private void shards(Set<String> names) {
        List<TableShard> shards = new ArrayList<>(manifest.getShardsList());
        for (TableShard shard : shards) {
            require(
                    names.contains(shard.getFile()),
                    "table %d lies in file \"%s\", which is not listed".formatted(shard.getTable(), shard.getFile()));
        }
        shards.sort(Comparator.comparingInt(TableShard::getTable)
                .thenComparingInt(TableShard::getFirstColumn)
                .thenComparingLong(TableShard::getFirstRow));
        List<Long> tables = manifest.getShape().getTablesList();
        int dim = manifest.getShape().getEmbeddingDim();
        Columns all = new Columns(0, dim);
        int table = 0;
        Columns columns = new Columns(0, 0); // of the rows at hand
        long next = 0; // row of these columns
        for (TableShard shard : shards) {
            if (table < tables.size() && columns.count() > 0 && next == tables.get(table)) {
                next = 0;
                table += columns.end() == dim ? 1 : 0;
                columns = new Columns(columns.end() % dim, 0);
            }
            Columns stored = Columns.of(shard, all);
            if (columns.count() == 0) {
                columns = new Columns(columns.first(), stored.count());
            }
            require(
                    table < tables.size()
                            && shard.getTable() == table
                            && shard.getFirstRow() == next
                            && shard.getRows() >= 1
                            && shard.getRows() <= tables.get(table) - next,
                    "%d rows from %d on of table %d, want rows from %d on of table %d"
                            .formatted(shard.getRows(), shard.getFirstRow(), shard.getTable(), next, table));
            require(
                    columns.equals(stored) && columns.count() >= 1 && columns.end() <= dim,
                    "columns %d to %d of table %d, want %d to %d of %d"
                            .formatted(stored.first(), stored.end(), table, columns.first(), columns.end(), dim));
            require(
                    shard.getTouchedRows() >= 0
                            && shard.getTouchedRows() <= Math.min(shard.getRows(), Integer.MAX_VALUE),
                    "%d rows of table %d are touched, want 0 to %d"
                            .formatted(shard.getTouchedRows(), table, shard.getRows()));
            next += shard.getRows();
        }
        boolean complete =
                tables.isEmpty() || (table == tables.size() - 1 && columns.end() == dim && next == tables.get(table));
        require(
                complete,
                "the last row is %d of table %d, want those of %d tables".formatted(next - 1, table, tables.size()));
    }

    private void position() {
        Position at = manifest.getPosition();
        require(
                Stream.of(at.getStep(), at.getEpoch(), at.getSample(), at.getSamples())
                        .allMatch(number -> number >= 0),
                "step %d, epoch %d, sample %d of %d, want none below 0"
                        .formatted(at.getStep(), at.getEpoch(), at.getSample(), at.getSamples()));
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new CheckpointException(path + ": " + otherwise);
        }
    }
}
