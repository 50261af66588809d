package io.dlrm4j.criteo;

import com.sun.management.OperatingSystemMXBean;
import io.dlrm4j.criteo.store.Manifest;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What [Prepare] is to do. Start with [#of] and change what differs.
///
/// @param inputs raw files in order, plain or gzip
/// @param output the folder to write; absent or empty
/// @param days how lines become days
/// @param trainingDictionary whether the dictionary holds the values of the days before the last alone; those of the
///     last day that are not in it then share one row, the last of each table
/// @param vocabulary prepared folder whose dictionary is used; null: a new one is made
/// @param maxIndRange categories are taken modulo this before they get an id; 0: they are not
/// @param subSampleRate part of the lines with label 0 that is left out, in `[0, 1)`
/// @param subSampleSeed seed of the draws, as given to `np.random.seed`
/// @param layout [Manifest#NPY] or [Manifest#BINARY]
/// @param threads threads that parse and number, the caller among them; with more than one another one reads
/// @param maxBadRate part of the lines that may be unusable before the run is stopped
/// @param memoryLimit bytes that the dictionaries may take off the heap
public record PrepareOptions(
        List<Path> inputs,
        Path output,
        DaySplit days,
        boolean trainingDictionary,
        @Nullable Path vocabulary,
        long maxIndRange,
        double subSampleRate,
        long subSampleSeed,
        String layout,
        int threads,
        double maxBadRate,
        long memoryLimit) {
    private static final double SHARE_OF_MACHINE = 0.8;

    /// Checks every option.
    public PrepareOptions {
        inputs = List.copyOf(inputs);
        check(!inputs.isEmpty(), "inputs: none, want at least one file");
        check(
                maxIndRange >= 0 && maxIndRange <= Integer.MAX_VALUE,
                "max-ind-range=" + maxIndRange + ", want 0 to " + Integer.MAX_VALUE);
        check(
                subSampleRate >= 0 && subSampleRate < 1,
                "sub-sample-rate=" + subSampleRate + ", want 0 or more and less than 1");
        check(threads >= 1, "threads=" + threads + ", want 1 or more");
        check(maxBadRate >= 0 && maxBadRate <= 1, "max-bad-rate=" + maxBadRate + ", want 0 to 1");
        check(memoryLimit >= 1, "memory-limit=" + memoryLimit + " bytes, want 1 or more");
        check(
                layout.equals(Manifest.NPY) || layout.equals(Manifest.BINARY),
                "format=" + layout.toLowerCase(Locale.ROOT) + ", want npy or binary");
        check(
                vocabulary == null || (!trainingDictionary && maxIndRange == 0),
                "vocabulary: its own rules hold; leave out max-ind-range and the training dictionary");
        check(
                !trainingDictionary || dayCount(days, inputs) != 1,
                "training dictionary: there is one day alone, want at least two");
    }

    private static void check(boolean good, String message) {
        if (!good) {
            throw new IllegalArgumentException(message);
        }
    }

    private static long dayCount(DaySplit days, List<Path> inputs) {
        return switch (days.kind()) {
            case PARTS -> days.size();
            case FILES -> inputs.size();
            case ROWS -> Long.MAX_VALUE;
        };
    }

    /// @return the reference's rules: seven days, one dictionary over all of them, everything kept
    public static PrepareOptions of(List<Path> inputs, Path output) {
        int threads = Runtime.getRuntime().availableProcessors();
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long machine = (long) (system.getTotalMemorySize() * SHARE_OF_MACHINE);
        return new PrepareOptions(
                inputs, output, DaySplit.parts(7), false, null, 0, 0, 123, Manifest.NPY, threads, 0.001, machine);
    }

    /// @return the same with another rule for days
    public PrepareOptions withDays(DaySplit changed) {
        return with(fields -> fields.days = changed);
    }

    /// @return the same with a dictionary over the days before the last alone
    public PrepareOptions withTrainingDictionary(boolean changed) {
        return with(fields -> fields.trainingDictionary = changed);
    }

    /// @return the same with the dictionary of a prepared folder
    public PrepareOptions withVocabulary(@Nullable Path changed) {
        return with(fields -> fields.vocabulary = changed);
    }

    /// @return the same with categories taken modulo a range
    public PrepareOptions withMaxIndRange(long changed) {
        return with(fields -> fields.maxIndRange = changed);
    }

    /// @return the same with lines of label 0 left out by draws
    public PrepareOptions withSubSample(double rate, long seed) {
        return with(fields -> {
            fields.subSampleRate = rate;
            fields.subSampleSeed = seed;
        });
    }

    /// @return the same with another layout
    public PrepareOptions withLayout(String changed) {
        return with(fields -> fields.layout = changed);
    }

    /// @return the same with another number of threads
    public PrepareOptions withThreads(int changed) {
        return with(fields -> fields.threads = changed);
    }

    /// @return the same with another bound for unusable lines
    public PrepareOptions withMaxBadRate(double changed) {
        return with(fields -> fields.maxBadRate = changed);
    }

    /// @return the same with another limit for the memory of the dictionaries
    public PrepareOptions withMemoryLimit(long bytes) {
        return with(fields -> fields.memoryLimit = bytes);
    }

    private PrepareOptions with(Consumer<Fields> change) {
        Fields fields = new Fields(this);
        change.accept(fields);
        return fields.options();
    }

    /// What may be changed, while it is.
    private static final class Fields {
        private final PrepareOptions from;
        private DaySplit days;
        private boolean trainingDictionary;
        private @Nullable Path vocabulary;
        private long maxIndRange;
        private double subSampleRate;
        private long subSampleSeed;
        private String layout;
        private int threads;
        private double maxBadRate;
        private long memoryLimit;

        Fields(PrepareOptions from) {
            this.from = from;
            this.days = from.days;
            this.trainingDictionary = from.trainingDictionary;
            this.vocabulary = from.vocabulary;
            this.maxIndRange = from.maxIndRange;
            this.subSampleRate = from.subSampleRate;
            this.subSampleSeed = from.subSampleSeed;
            this.layout = from.layout;
            this.threads = from.threads;
            this.maxBadRate = from.maxBadRate;
            this.memoryLimit = from.memoryLimit;
        }

        PrepareOptions options() {
            return new PrepareOptions(
                    from.inputs,
                    from.output,
                    days,
                    trainingDictionary,
                    vocabulary,
                    maxIndRange,
                    subSampleRate,
                    subSampleSeed,
                    layout,
                    threads,
                    maxBadRate,
                    memoryLimit);
        }
    }
}
