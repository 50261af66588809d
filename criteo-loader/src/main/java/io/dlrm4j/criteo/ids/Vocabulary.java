package io.dlrm4j.criteo.ids;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.criteo.npy.NpyFile;
import io.dlrm4j.criteo.npy.NpyWriter;
import io.dlrm4j.criteo.store.CriteoRow;
import io.dlrm4j.criteo.store.DayFiles;
import io.dlrm4j.criteo.store.Manifest;
import io.dlrm4j.criteo.store.ManifestFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The dictionaries of all columns.
///
/// @param dictionaries one a column
/// @param maxIndRange categories were taken modulo this before they got an id; 0: they were not
/// @param given whether it is complete, so that values that are not in it are unseen
/// @param unseenRow whether unseen values have a common row, the last of each table
public record Vocabulary(List<Dictionary> dictionaries, long maxIndRange, boolean given, boolean unseenRow) {
    public Vocabulary {
        dictionaries = List.copyOf(dictionaries);
    }

    /// @param memory what the dictionaries count against and end with
    /// @return dictionaries without values, to be filled
    public static Vocabulary empty(OffHeap memory, long maxIndRange) {
        List<Dictionary> dictionaries = new ArrayList<>();
        for (int t = 0; t < CriteoRow.TABLES; t++) {
            dictionaries.add(new Dictionary(memory, name(t)));
        }
        return new Vocabulary(dictionaries, maxIndRange, false, false);
    }

    /// Reads the dictionaries that were kept beside prepared data.
    ///
    /// @param memory what the dictionaries count against and end with
    /// @param folder written by `dlrm prepare`
    /// @throws DataException when there are none or they do not fit the manifest
    public static Vocabulary load(OffHeap memory, Path folder) throws IOException {
        Manifest manifest = ManifestFile.read(folder).manifest();
        List<Dictionary> dictionaries = new ArrayList<>();
        for (int t = 0; t < CriteoRow.TABLES; t++) {
            Path file = folder.resolve(DayFiles.vocabulary(name(t)));
            if (!Files.exists(file)) {
                throw new DataException("%s: no such file; want a folder written by dlrm prepare".formatted(file));
            }
            Dictionary dictionary = dictionary(memory, t, file);
            long rows = dictionary.size() + (manifest.rules().unseenRow() ? 1L : 0L);
            if (t >= manifest.tables().size() || manifest.tables().get(t).rows() != rows) {
                throw new DataException("%s: %d values, which do not fit the tables of %s"
                        .formatted(file, dictionary.size(), DayFiles.MANIFEST));
            }
            dictionaries.add(dictionary);
        }
        Manifest.Rules rules = manifest.rules();
        return new Vocabulary(dictionaries, rules.maxIndRange(), true, rules.unseenRow());
    }

    private static Dictionary dictionary(OffHeap memory, int table, Path file) throws IOException {
        Dictionary dictionary = new Dictionary(memory, name(table));
        for (int value : NpyFile.ints(file)) {
            int before = dictionary.size();
            if (dictionary.add(value) != before) {
                throw new DataException("%s: value %08x stands there twice".formatted(file, value));
            }
        }
        return dictionary;
    }

    /// @return the name of a column as printed: `C1` for the first
    public static String name(int table) {
        return "C" + (table + 1);
    }

    /// @return the rows that each table needs
    public List<Manifest.Table> tables() {
        List<Manifest.Table> tables = new ArrayList<>();
        for (int t = 0; t < dictionaries.size(); t++) {
            long rows = dictionaries.get(t).size() + (unseenRow ? 1L : 0);
            tables.add(new Manifest.Table(name(t), rows));
        }
        return tables;
    }

    /// Forgets, in place, the values that were added late.
    ///
    /// @param sizes how many of each column's values stay
    /// @return the same dictionaries with a row for what is not in them
    public Vocabulary keepFirst(int[] sizes) {
        for (int t = 0; t < sizes.length; t++) {
            dictionaries.get(t).keepFirst(sizes[t]);
        }
        return new Vocabulary(dictionaries, maxIndRange, true, true);
    }

    /// Writes one file a column, to be read by [#load] once the manifest is there too.
    public void save(Path folder) throws IOException {
        for (int t = 0; t < dictionaries.size(); t++) {
            NpyWriter.writeInts(
                    folder.resolve(DayFiles.vocabulary(name(t))),
                    dictionaries.get(t).values());
        }
    }
}
