package io.dlrm4j.cuda.api;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which algorithm each matrix product uses: the fastest of those that cuBLASLt proposes. They are timed on the
/// card once and remembered on disk, beside the compiled kernels; cuBLASLt's own order is a guess, a poor one
/// for the narrow products of small layers.
///
/// A line of the file names a product and holds its algorithm as cuBLASLt describes it, in hexadecimal. What a
/// line holds is only ever compared with what cuBLASLt proposes now, never handed to it, so that a damaged or
/// foreign file costs timings and nothing else.
public final class Algorithms {
    /// Most proposals that are timed.
    static final int MOST = 8;

    /// By how much another proposal must be faster than the first to be taken: timings differ by chance.
    private static final double WORTH = 0.98;

    private static final Logger LOG = LoggerFactory.getLogger(Algorithms.class);

    private final Path file;
    private final Map<String, byte[]> known = new HashMap<>();

    /// @param folder made when needed
    /// @param machine card and library, on which a choice depends
    public Algorithms(Path folder, String machine) {
        this.file = folder.resolve("algorithms-" + KernelCache.hash(machine).substring(0, 16) + ".txt");
        try {
            for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
                remember(line.split(" ", -1));
            }
        } catch (IOException absent) {
            known.clear();
        }
    }

    private void remember(String[] words) {
        if (words.length == 2) {
            try {
                known.put(words[0], HexFormat.of().parseHex(words[1]));
            } catch (IllegalArgumentException damaged) {
                LOG.debug("{}: a line is damaged: {}", file, damaged.getMessage());
            }
        }
    }

    /// @param product everything its time depends on
    /// @param proposals algorithms as cuBLASLt describes them, its own favourite first
    /// @param microseconds times one of them; infinity where it does not run
    /// @return the number of the fastest, or -1 where none runs
    int choose(String product, List<byte[]> proposals, IntToDoubleFunction microseconds) {
        if (proposals.size() <= 1) {
            return proposals.size() - 1;
        }
        String key = KernelCache.hash(product);
        byte[] chosen = known.get(key);
        for (int i = 0; chosen != null && i < proposals.size(); i++) {
            if (Arrays.equals(chosen, proposals.get(i))) {
                return i;
            }
        }
        int best = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < proposals.size(); i++) {
            double time = microseconds.applyAsDouble(i);
            if (time < least * (best < 0 ? 1 : WORTH)) {
                best = i;
                least = time;
            }
        }
        if (best >= 0) {
            keep(key, proposals.get(best));
        }
        return best;
    }

    private void keep(String key, byte[] algorithm) {
        known.put(key, algorithm);
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            String line = key + " " + HexFormat.of().formatHex(algorithm) + "\n";
            Files.writeString(
                    file, line, StandardCharsets.ISO_8859_1, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            LOG.warn("the choice of an algorithm is not kept: {}", e.toString());
        }
    }
}
