package io.dlrm4j.criteo.write;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.criteo.store.Checksum;
import io.dlrm4j.criteo.store.CriteoRow;
import io.dlrm4j.criteo.store.DayFiles;
import io.dlrm4j.criteo.store.Manifest;
import io.dlrm4j.criteo.store.ManifestFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Writes a prepared folder: rows day by day, then the manifest; nothing is seen under the output's name before
/// [#publish] has returned, and nothing stays when it is not called.
///
/// ```
/// try (PreparedWriter writer = PreparedWriter.create(output, Manifest.NPY, 13, 26)) {
///     for each day:  writer.append(…) …;  writer.endDay();
///     writer.publish(rules, tables, origin);
/// }
/// ```
///
/// One thread.
public final class PreparedWriter implements AutoCloseable {
    private final StagedFolder staged;
    private final DaySink sink;
    private final String layout;
    private @Nullable List<Long> rowsPerDay;
    private boolean idsReplaced;

    private PreparedWriter(StagedFolder staged, DaySink sink, String layout) {
        this.staged = staged;
        this.sink = sink;
        this.layout = layout;
    }

    /// @param output the folder to write; must be absent or empty
    /// @param layout [Manifest#NPY] or [Manifest#BINARY], which is for 13 dense features and 26 tables
    public static PreparedWriter create(Path output, String layout, int denseFeatures, int tables) throws IOException {
        boolean binary = layout.equals(Manifest.BINARY);
        if (binary && (denseFeatures != CriteoRow.DENSE || tables != CriteoRow.TABLES)) {
            throw new IllegalArgumentException("binary layout: %d dense features and %d tables, want %d and %d"
                    .formatted(denseFeatures, tables, CriteoRow.DENSE, CriteoRow.TABLES));
        }
        StagedFolder staged = StagedFolder.create(output);
        try {
            DaySink sink =
                    binary ? new BinaryDays(staged.folder()) : new NpyDays(staged.folder(), denseFeatures, tables);
            return new PreparedWriter(staged, sink, layout);
        } catch (IOException | RuntimeException e) {
            staged.close();
            throw e;
        }
    }

    /// @return where further files may be put; they are listed in the manifest
    public Path folder() {
        return staged.folder();
    }

    /// Appends the rows `[from, to)` of these to the present day.
    ///
    /// @param from the first
    /// @param to after the last
    /// @param labels 0 or 1, `[rows]`
    /// @param dense `ln(1 + count)`, `[rows, denseFeatures]`; the binary layout takes none of it
    /// @param counts 0 or more, `[rows, denseFeatures]`; the `.npy` layout takes none of it
    /// @param ids row numbers, `[rows, tables]`
    public void append(int from, int to, int[] labels, float[] dense, int[] counts, int[] ids) throws IOException {
        sink.append(from, to, labels, dense, counts, ids);
    }

    /// Ends the present day.
    public void endDay() throws IOException {
        sink.endDay();
    }

    /// Cuts what was written, as however many days, into days of these sizes. Costs nothing when it has these sizes.
    public void cut(List<Long> wanted) throws IOException {
        sink.cut(wanted);
    }

    /// Completes the files of rows; ends the day if there is one open.
    ///
    /// @return rows of each day
    public List<Long> finishRows() throws IOException {
        List<Long> rows = rowsPerDay;
        if (rows == null) {
            rows = sink.finish();
            rowsPerDay = rows;
        }
        return rows;
    }

    /// Gives all ids that occur on the last day alone one common id, the one after the largest of all days before; for
    /// dictionaries in order of first appearance. Comes after [#finishRows].
    ///
    /// @param tables number of tables
    /// @return the common id of each table: how many ids the days before the last have
    public int[] mergeUnseen(int tables) throws IOException {
        idsReplaced = true;
        int[] maxima = new int[tables];
        Arrays.fill(maxima, -1);
        for (StoredIds ids : sink.trainingIds()) {
            ids.raise(maxima);
        }
        for (StoredIds ids : sink.lastDayIds()) {
            ids.cap(maxima);
        }
        int[] common = new int[tables];
        for (int t = 0; t < tables; t++) {
            common[t] = maxima[t] + 1;
        }
        return common;
    }

    /// Moves a file out of the folder, beside the output, so that it stays when the folder goes.
    ///
    /// @return where it is now
    public Path keep(String name) throws IOException {
        return staged.keep(name);
    }

    /// Writes the manifest, waits until the disk has everything, and gives the folder its name.
    ///
    /// @return what was written as `manifest.json`
    public Manifest publish(Manifest.Rules rules, List<Manifest.Table> tables, Manifest.Origin origin)
            throws IOException {
        List<Long> days = finishRows();
        if (days.isEmpty() || days.stream().allMatch(rows -> rows == 0)) {
            throw new DataException("no rows: nothing to write; check the input");
        }
        Manifest manifest =
                new Manifest(Manifest.Format.of(layout), rules, tables, Manifest.Rows.split(days), entries(), origin);
        staged.write(DayFiles.MANIFEST, ManifestFile.encode(manifest));
        staged.publish();
        return manifest;
    }

    private List<Manifest.FileEntry> entries() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(staged.folder())) {
            files = all.filter(StagedFolder::isContent).sorted().toList();
        }
        Map<String, Manifest.FileEntry> known = new HashMap<>();
        if (!idsReplaced) {
            sink.knownEntries().forEach(entry -> known.put(entry.name(), entry));
        }
        List<Manifest.FileEntry> entries = new ArrayList<>();
        for (Path file : files) {
            Manifest.FileEntry entry = known.get(String.valueOf(file.getFileName()));
            entries.add(entry == null ? Checksum.of(file) : entry);
        }
        return entries;
    }

    @Override
    public void close() throws IOException {
        try (staged) {
            sink.close();
        }
    }
}
