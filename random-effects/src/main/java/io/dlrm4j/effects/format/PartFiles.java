package io.dlrm4j.effects.format;

import io.dlrm4j.core.data.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// The files of a data set: one file, or all of a folder and the folders in it, as Spark leaves them.
public final class PartFiles {
    private PartFiles() {}

    /// @param path a file, or a folder; in folders, names that begin with `_` or `.` are markers and not read
    /// @param suffixes how the names of wanted files end, such as `.avro`; none: however they end
    /// @return the files in the order of their names
    /// @throws DataException when there is none
    public static List<Path> of(Path path, String... suffixes) throws IOException {
        if (Files.isRegularFile(path)) {
            return List.of(path);
        }
        if (!Files.isDirectory(path)) {
            throw new DataException("%s: no such file or folder".formatted(path));
        }
        try (Stream<Path> all = Files.walk(path)) {
            List<Path> files = all.filter(Files::isRegularFile)
                    .filter(file -> isData(path.relativize(file)) && endsWithAny(file, suffixes))
                    .sorted()
                    .toList();
            if (files.isEmpty()) {
                throw new DataException("%s: no files%s in this folder"
                        .formatted(path, suffixes.length == 0 ? "" : " ending in " + String.join(", ", suffixes)));
            }
            return files;
        }
    }

    private static boolean isData(Path relative) {
        for (Path part : relative) {
            if (part.toString().startsWith("_")
                    || part.toString().startsWith(".")
                    || part.toString().endsWith(".tmp")) {
                return false;
            }
        }
        return true;
    }

    private static boolean endsWithAny(Path file, String... suffixes) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        for (String suffix : suffixes) {
            if (name.endsWith(suffix)) {
                return true;
            }
        }
        return suffixes.length == 0;
    }
}
