package io.dlrm4j.criteo;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.memory.MemoryLimitException;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.criteo.ids.Numbering;
import io.dlrm4j.criteo.ids.UnseenException;
import io.dlrm4j.criteo.ids.Vocabulary;
import io.dlrm4j.criteo.store.CriteoRow;
import io.dlrm4j.criteo.store.DayFiles;
import io.dlrm4j.criteo.store.Manifest;
import io.dlrm4j.criteo.store.NumpyRandom;
import io.dlrm4j.criteo.text.LineCount;
import io.dlrm4j.criteo.text.ParsedBlocks;
import io.dlrm4j.criteo.text.Quarantine;
import io.dlrm4j.criteo.text.RowBlock;
import io.dlrm4j.criteo.write.PreparedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// Raw click logs to a prepared folder, by the rules of the reference (facebookresearch/dlrm, `data_utils.py`):
///
/// - a line is a label, 13 integers, 26 hexadecimal words; a missing integer is 0, a missing word the value 0
/// - a negative integer becomes 0; the dense feature is `ln(1 + x)` in `float32`
/// - ids are given per column in order of first appearance over all days, the last one included
/// - with sub-sampling, one uniform draw a line; a line with label 0 and a draw below the rate is left out
/// - the Kaggle file is cut into seven days of equal length; the last day is halved into test and validation
///
/// Lines that cannot be used go to a side file and are counted; too many of them stop the run. The folder appears
/// whole or not at all. Heap: about 8 MB a thread, and 4 bytes a value of the largest dictionary when it is written.
/// Off the heap, within [PrepareOptions#memoryLimit]: the dictionaries, 12 to 23 bytes a distinct value, half as much
/// again while one of them is enlarged; and, beside them, a block of 4 MiB for each file that is open for writing.
public final class Prepare {
    private static final String REMEDY = "raise --memory-limit or set --max-ind-range";

    private final PrepareOptions options;
    private final ProgressListener progress;
    private final NumpyRandom random;
    private final @Nullable KeptLines kept;
    private final List<Manifest.Input> inputs = new ArrayList<>();
    private final List<Path> endedEarly = new ArrayList<>();
    private List<Long> plannedEnds = List.of();
    private int endedDays;
    private long linesOfFile;
    private long usable;
    private long rows;
    private long bytesBefore;

    private Prepare(PrepareOptions options, ProgressListener progress) {
        this.options = options;
        this.progress = progress;
        this.random = new NumpyRandom(options.subSampleSeed());
        boolean cut = options.days().kind() != DaySplit.Kind.FILES;
        this.kept = cut && options.subSampleRate() > 0 ? new KeptLines() : null;
    }

    /// Prepares data; returns when the folder is complete.
    ///
    /// @param progress told after each block
    /// @throws DataException when the input cannot be used: absent, empty, too many bad lines (these are kept in
    ///     `<output>.quarantine.tsv`), or values that a given vocabulary does not have
    public static PrepareReport run(PrepareOptions options, ProgressListener progress) throws IOException {
        Prepare prepare = new Prepare(options, progress);
        if (options.threads() == 1) {
            return prepare.write(null);
        }
        try (ExecutorService pool = Executors.newFixedThreadPool(
                options.threads() - 1,
                Thread.ofPlatform().name("prepare-", 0).daemon().factory())) {
            return prepare.write(pool);
        }
    }

    private PrepareReport write(@Nullable ExecutorService pool) throws IOException {
        long total = totalBytes();
        planDays();
        Path folder = options.vocabulary();
        int helpers = options.threads() - 1;
        try (OffHeap memory = new OffHeap("prepare", options.memoryLimit(), REMEDY);
                PreparedWriter writer =
                        PreparedWriter.create(options.output(), options.layout(), CriteoRow.DENSE, CriteoRow.TABLES);
                Quarantine quarantine =
                        new Quarantine(writer.folder().resolve(DayFiles.QUARANTINE), options.maxBadRate())) {
            Vocabulary vocabulary =
                    folder == null ? Vocabulary.empty(memory, options.maxIndRange()) : Vocabulary.load(memory, folder);
            try (ParsedBlocks blocks = new ParsedBlocks(options.inputs(), vocabulary.maxIndRange(), pool, helpers)) {
                Numbering numbering = new Numbering(vocabulary, pool, helpers);
                RowBlock block = blocks.next();
                while (block != null) {
                    take(block, numbering, quarantine, writer);
                    progress.at(bytesBefore + block.consumedBytes(), total, rows);
                    endFile(block, writer);
                    blocks.recycle(block);
                    block = blocks.next();
                }
                quarantine.judge();
                return publish(vocabulary, quarantine, writer, memory);
            } catch (MemoryLimitException e) {
                throw new DataException(String.valueOf(e.getMessage()), e);
            } catch (DataException e) {
                throw withQuarantineKept(e, quarantine, writer);
            }
        }
    }

    private long totalBytes() throws IOException {
        long total = 0;
        for (Path input : options.inputs()) {
            if (!Files.exists(input)) {
                throw new DataException("%s: no such file".formatted(input));
            }
            total += Files.size(input);
        }
        return total;
    }

    private void take(RowBlock block, Numbering numbering, Quarantine quarantine, PreparedWriter writer)
            throws IOException {
        Path file = options.inputs().get(block.file());
        quarantine.take(block, file, linesOfFile);
        usable += block.rows();
        if (options.subSampleRate() > 0) {
            subSample(block);
        }
        try {
            numbering.number(block);
        } catch (UnseenException e) {
            throw new DataException(
                    "%s line %d, %s; use a vocabulary made from the training days alone"
                            .formatted(file, linesOfFile + e.line() + 1, e.getMessage()),
                    e);
        }
        append(block, writer);
        linesOfFile += block.lines();
    }

    /// Finds out where days end, so that each is written to its own files at once. What is left out by draws or comes
    /// from gzip files is cut into days at the end.
    private void planDays() throws IOException {
        if (options.subSampleRate() == 0 && options.days().kind() != DaySplit.Kind.FILES) {
            OptionalLong lines = LineCount.of(options.inputs());
            if (lines.isPresent()) {
                plannedEnds = options.days().ends(lines.getAsLong());
            }
        }
    }

    private void append(RowBlock block, PreparedWriter writer) throws IOException {
        int[] ids = block.keysByRow();
        int from = 0;
        while (endedDays < plannedEnds.size() && plannedEnds.get(endedDays) <= rows + block.rows() - from) {
            int to = from + (int) (plannedEnds.get(endedDays) - rows);
            append(block, ids, from, to, writer);
            writer.endDay();
            endedDays++;
            from = to;
        }
        append(block, ids, from, block.rows(), writer);
    }

    private void append(RowBlock block, int[] ids, int from, int to, PreparedWriter writer) throws IOException {
        if (to > from) {
            writer.append(from, to, block.labels(), block.dense(), block.counts(), ids);
            rows += to - from;
        }
    }

    private void subSample(RowBlock block) {
        int to = 0;
        for (int row = 0; row < block.rows(); row++) {
            double draw = random.nextDouble();
            boolean keep = block.labels()[row] != 0 || draw >= options.subSampleRate();
            if (keep) {
                block.move(row, to++);
            }
            if (kept != null) {
                kept.add(keep);
            }
        }
        block.rows(to);
    }

    private void endFile(RowBlock block, PreparedWriter writer) throws IOException {
        if (!block.isLastOfFile()) {
            return;
        }
        Path file = options.inputs().get(block.file());
        String name = String.valueOf(file.getFileName());
        inputs.add(new Manifest.Input(name, block.consumedBytes(), linesOfFile));
        if (block.endsEarly()) {
            endedEarly.add(file);
        }
        if (options.days().kind() == DaySplit.Kind.FILES) {
            writer.endDay();
        }
        bytesBefore += block.consumedBytes();
        linesOfFile = 0;
    }

    private PrepareReport publish(Vocabulary vocabulary, Quarantine quarantine, PreparedWriter writer, OffHeap memory)
            throws IOException {
        if (rows == 0) {
            throw new DataException("%s: no line that can be used".formatted(options.inputs()));
        }
        if (options.days().kind() != DaySplit.Kind.FILES) {
            writer.cut(rowsPerDay());
        }
        writer.finishRows();
        Vocabulary used = vocabulary;
        if (options.trainingDictionary()) {
            used = vocabulary.keepFirst(writer.mergeUnseen(CriteoRow.TABLES));
        }
        used.save(writer.folder());
        quarantine.close();
        Manifest.Rules rules = new Manifest.Rules(
                options.vocabulary() != null ? "given" : options.trainingDictionary() ? "training-days" : "all-days",
                used.maxIndRange(),
                options.subSampleRate(),
                options.subSampleRate() > 0 ? options.subSampleSeed() : 0,
                used.unseenRow());
        Manifest.Origin origin = new Manifest.Origin("prepare", inputs, quarantine.counts(), null);
        Manifest manifest = writer.publish(rules, used.tables(), origin);
        return new PrepareReport(
                manifest, quarantine.lines(), rows, quarantine.counts(), endedEarly, memory.mostAllocatedBytes());
    }

    private List<Long> rowsPerDay() {
        List<Long> perDay = new ArrayList<>();
        long start = 0;
        for (long end : options.days().ends(usable)) {
            perDay.add(kept == null ? end - start : kept.count(start, end));
            start = end;
        }
        return perDay;
    }

    private static DataException withQuarantineKept(DataException e, Quarantine quarantine, PreparedWriter writer)
            throws IOException {
        if (quarantine.bad() == 0) {
            return e;
        }
        quarantine.close();
        return new DataException("%s; see %s".formatted(e.getMessage(), writer.keep(DayFiles.QUARANTINE)), e);
    }
}
