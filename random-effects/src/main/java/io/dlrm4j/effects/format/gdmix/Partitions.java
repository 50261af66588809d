package io.dlrm4j.effects.format.gdmix;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.format.NewFile;
import io.dlrm4j.effects.format.TextLines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/// Which partition of GDMix's an entity belongs to, and the list of those that hold any.
public final class Partitions {
    private Partitions() {}

    /// @param entity its id as text
    /// @param partitions how many there are
    /// @return 0 to `partitions` - 1, as GDMix has it: the absolute value of the text's hash, modulo. Of the one
    ///     hash whose absolute value is negative GDMix makes a negative partition, and so does `compat` GDMIX
    public static int of(String entity, int partitions, Compat compat) {
        if (partitions < 1) {
            throw new IllegalArgumentException("partitions=%d, want 1 or more".formatted(partitions));
        }
        int hash = entity.hashCode();
        return compat == Compat.GDMIX ? Math.abs(hash) % partitions : (int) (Math.abs((long) hash) % partitions);
    }

    /// @param file `partitionList.txt`
    /// @return the partitions that hold anything, in their order
    /// @throws DataException when the file is no list of whole numbers
    public static List<Integer> readList(Path file) throws IOException {
        List<Integer> partitions = new ArrayList<>();
        try (TextLines in = TextLines.open(file, TextLines.METADATA_BYTES)) {
            for (String line = in.next(); line != null; line = in.next()) {
                for (String part : line.isBlank() ? new String[0] : line.split(",", -1)) {
                    partitions.add(number(part, in));
                }
            }
        }
        return partitions;
    }

    private static int number(String part, TextLines in) {
        try {
            return Integer.parseInt(part.strip());
        } catch (NumberFormatException e) {
            throw new DataException(
                    "%s: \"%s\", want whole numbers with commas between them".formatted(in.where(), part), e);
        }
    }

    /// Writes `partitionList.txt`.
    public static void writeList(Path file, SortedSet<Integer> partitions) throws IOException {
        NewFile.write(
                file, String.join(",", partitions.stream().map(String::valueOf).toList()));
    }
}
