package io.dlrm4j.effects.format.gdmix;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.format.NewFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/// Which partition an entity belongs to, and which group of its samples GDMix trains on.
public final class Partitions {
    /// The group of an entity with fewer samples than wanted; none of them is trained on.
    public static final int TOO_FEW = -1;

    /// The group that is trained on; every other is scored alone.
    public static final int ACTIVE = 0;

    private Partitions() {}

    /// @param entity its id as text
    /// @param partitions how many there are
    /// @return 0 to `partitions` - 1, as GDMix has it: the absolute value of the text's hash, modulo. Of the one
    ///     hash
    ///     whose absolute value is negative GDMix makes a negative partition, and so does `compat` GDMIX
    public static int of(String entity, int partitions, Compat compat) {
        if (partitions < 1) {
            throw new IllegalArgumentException("partitions=%d, want 1 or more".formatted(partitions));
        }
        int hash = entity.hashCode();
        return compat == Compat.GDMIX ? Math.abs(hash) % partitions : (int) (Math.abs((long) hash) % partitions);
    }

    /// GDMix's way to bound the samples of an entity: all are dealt into floor(n / most + 1) groups by their uid, so
    /// that
    /// about half of `most` or more stay active; weights stay as they are, which makes the model too certain by as
    /// much. Used under `compat` GDMIX alone.
    ///
    /// @param samples of the entity
    /// @param most `--maxNumOfSamplesPerModel`; 0: no bound
    /// @param least `--minNumOfSamplesPerModel`; 0: no bound
    /// @return [#ACTIVE], [#TOO_FEW], or the number of a passive group
    public static int group(long uid, long samples, int most, int least) {
        if (samples < least) {
            return TOO_FEW;
        }
        long groups = most > 0 ? samples / most + 1 : 1;
        return (int) Math.floorMod(uid, groups);
    }

    /// @param file `partitionList.txt`
    /// @return the partitions that hold anything, in their order
    /// @throws DataException when the file is no list of whole numbers
    public static List<Integer> readList(Path file) throws IOException {
        List<Integer> partitions = new ArrayList<>();
        String text = Files.readString(file).strip();
        for (String part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            try {
                partitions.add(Integer.parseInt(part.strip()));
            } catch (NumberFormatException e) {
                throw new DataException(
                        "%s: \"%s\", want whole numbers with commas between them".formatted(file, part), e);
            }
        }
        return partitions;
    }

    /// Writes `partitionList.txt`.
    public static void writeList(Path file, SortedSet<Integer> partitions) throws IOException {
        NewFile.write(
                file, String.join(",", partitions.stream().map(String::valueOf).toList()));
    }

    /// @param list of partitions that hold anything
    /// @param worker from 0
    /// @return every `workers`-th partition of the list
    public static List<Integer> ofWorker(List<Integer> list, int worker, int workers) {
        List<Integer> own = new ArrayList<>();
        for (int i = worker; i < list.size(); i += workers) {
            own.add(list.get(i));
        }
        return own;
    }
}
