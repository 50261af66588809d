package io.dlrm4j.effects.format.photon;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.NewFile;
import io.dlrm4j.effects.format.PartFiles;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.TextLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// What Photon's options say of its input: renamed columns, daily folders, feature bags.
public final class PhotonInput {
    private static final String RESERVED = "uid, response, offset, weight, metadataMap";

    private PhotonInput() {}

    /// @param names `--input-column-names`, such as `uid:id|response:label|weight:w`; empty: the reserved names
    /// @param entity the entity's field or key of the `metadataMap`; empty for a fixed effect
    /// @param bags the feature bags
    /// @throws DataException when a name is not reserved or no pair
    public static SampleColumns columns(String names, String entity, List<String> bags) {
        SampleColumns columns = SampleColumns.usual(entity, bags);
        for (String pair : names.isEmpty() ? new String[0] : names.split("\\|", -1)) {
            int colon = pair.indexOf(':');
            if (colon < 1 || colon == pair.length() - 1) {
                throw new DataException(
                        "input-column-names: \"%s\", want reserved:own, separated by |".formatted(pair));
            }
            String own = pair.substring(colon + 1).strip();
            columns = switch (pair.substring(0, colon).strip()) {
                case "uid" -> new SampleColumns(own, columns.label(), columns.weight(), columns.offset(), entity, bags);
                case "response" ->
                    new SampleColumns(columns.uid(), own, columns.weight(), columns.offset(), entity, bags);
                case "weight" -> new SampleColumns(columns.uid(), columns.label(), own, columns.offset(), entity, bags);
                case "offset" -> new SampleColumns(columns.uid(), columns.label(), columns.weight(), own, entity, bags);
                default ->
                    throw new DataException("input-column-names: \"%s\", want one of %s".formatted(pair, RESERVED));
            };
        }
        return columns;
    }

    /// @param root of folders `yyyy/MM/dd`
    /// @param from first day
    /// @param to last day, which counts
    /// @return the days' folders that are there, in order
    /// @throws DataException when no day is there
    public static List<Path> days(Path root, LocalDate from, LocalDate to) {
        if (to.isBefore(from)) {
            throw new DataException("days %s to %s: want the first day first".formatted(from, to));
        }
        List<Path> days = new ArrayList<>();
        for (LocalDate day = from; !day.isAfter(to); day = day.plusDays(1)) {
            Path folder =
                    root.resolve("%04d/%02d/%02d".formatted(day.getYear(), day.getMonthValue(), day.getDayOfMonth()));
            if (Files.isDirectory(folder)) {
                days.add(folder);
            }
        }
        if (days.isEmpty()) {
            throw new DataException("%s: no folder for any day from %s to %s".formatted(root, from, to));
        }
        return days;
    }

    /// Reads the features of bags, `name TAB term` a line; without a tab the term is empty.
    ///
    /// @param folder of bags, `feature-bags-directory`; a bag is a file, or a folder of part files
    /// @param bags their names
    /// @param index features are added to it
    public static void readBags(Path folder, List<String> bags, FeatureIndex index) throws IOException {
        for (String bag : bags) {
            for (Path file : PartFiles.of(inside(folder, bag))) {
                try (TextLines in = TextLines.open(file, TextLines.FEATURES_BYTES)) {
                    for (String line = in.next(); line != null; line = in.next()) {
                        int tab = line.indexOf('\t');
                        if (!line.isEmpty()) {
                            index.add(tab < 0 ? line : line.substring(0, tab), tab < 0 ? "" : line.substring(tab + 1));
                        }
                    }
                }
            }
        }
    }

    /// Writes the features of a bag.
    public static void writeBag(Path folder, String bag, FeatureIndex index) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < index.size(); i++) {
            String feature = index.name(i) + "\t" + index.term(i);
            if (feature.indexOf('\n') >= 0 || feature.indexOf('\t') != feature.lastIndexOf('\t')) {
                throw new DataException("feature \"%s\": a tab or line break in a name, which a bag cannot hold"
                        .formatted(feature.replace("\n", "\\n").replace("\t", "\\t")));
            }
            text.append(feature).append('\n');
        }
        NewFile.write(inside(folder, bag), text.toString());
    }

    private static Path inside(Path folder, String bag) {
        Path file = folder.resolve(bag).normalize();
        if (bag.isEmpty() || !file.startsWith(folder.normalize())) {
            throw new DataException("feature bag \"%s\": want the name of a file in %s".formatted(bag, folder));
        }
        return file;
    }

    /// Looks for index stores.
    ///
    /// @param folder `off-heap-index-map-directory`
    /// @throws DataException when it holds stores of PalDB, and says what to do instead
    public static void refusePalDb(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            Path store = files.filter(file -> file.getFileName().toString().matches("paldb-partition-.*\\.dat"))
                    .sorted()
                    .findFirst()
                    .orElse(null);
            if (store != null) {
                throw new DataException(
                        ("%s: an index store of PalDB, which is not read and not needed, as samples and models name their "
                                        + "features; leave feature_bags out, or give bags as text")
                                .formatted(store));
            }
        }
    }
}
