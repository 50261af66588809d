package io.dlrm4j.cuda.api;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Where NVIDIA's libraries may lie, in the order in which they are tried:
///
/// 1. the folders given: of libraries, of a toolkit (`CUDA_HOME`), or of a Python environment whose wheels
/// carry them;
/// 2. where the system's loader looks: its cache and `LD_LIBRARY_PATH`;
/// 3. toolkits, driver folders and Python packages of the whole machine.
///
/// @param given folders, the first wins
/// @param root of the file system, for tests
public record LibrarySearch(List<Path> given, Path root) {
    private static final List<String> BELOW_GIVEN = List.of(
            "", "lib64", "lib", "targets/*/lib", "nvidia/*/lib", "lib/python3*/{site,dist}-packages/nvidia/*/lib");

    private static final List<String> BELOW_ROOT = List.of(
            "usr/local/{cuda,cuda-*}/{lib64,lib}",
            "usr/local/nvidia/{lib64,lib}",
            "usr/lib/x86_64-linux-gnu",
            "usr/lib64",
            "{usr,usr/local,opt/*,opt/*/.venv}/lib/python3*/{site,dist}-packages/nvidia/*/lib");

    public LibrarySearch {
        given = List.copyOf(given);
    }

    /// @param path folders separated by `:`; empty: none
    /// @return a search on this machine
    public static LibrarySearch of(String path) {
        List<Path> given = Stream.of(path.split(":", -1))
                .filter(folder -> !folder.isBlank())
                .map(Path::of)
                .toList();
        return new LibrarySearch(given, Path.of("/"));
    }

    /// @param stem name without `lib` and version: `nvrtc`
    /// @param versions tried with the system's loader: `13`, `12`
    /// @return files and bare names to open, in order
    public List<String> candidates(String stem, List<String> versions) {
        List<String> found = new ArrayList<>();
        for (Path folder : given) {
            BELOW_GIVEN.forEach(pattern -> filesOf(stem, expand(folder, pattern), found));
        }
        versions.forEach(version -> found.add("lib" + stem + ".so." + version));
        BELOW_ROOT.forEach(pattern -> filesOf(stem, expand(root, pattern), found));
        return found;
    }

    /// @return the files of that library in a folder, the newest version first
    static List<String> filesIn(Path folder, String stem) {
        Pattern name = Pattern.compile("lib" + Pattern.quote(stem) + "\\.so(\\.\\d+)*");
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file ->
                            name.matcher(String.valueOf(file.getFileName())).matches())
                    .map(Path::toString)
                    .sorted(Comparator.reverseOrder())
                    .toList();
        } catch (IOException notReadable) {
            return List.of(); // no folder of ours
        }
    }

    private static void filesOf(String stem, List<Path> folders, List<String> into) {
        folders.forEach(folder -> into.addAll(filesIn(folder, stem)));
    }

    /// @return folders below `start` that match a pattern with one glob for each part, the newest version first
    private static List<Path> expand(Path start, String pattern) {
        if (pattern.isEmpty()) {
            return new ArrayList<>(List.of(start));
        }
        List<Path> found = new ArrayList<>();
        for (String alternative : alternatives(pattern)) {
            List<Path> level = List.of(start);
            for (String part : alternative.split("/", -1)) {
                level = matches(level, part);
            }
            found.addAll(level);
        }
        return found;
    }

    /// A brace that spans parts (`{usr,opt/*}/lib`) cannot be matched part by part, so it is written out.
    private static List<String> alternatives(String pattern) {
        if (!pattern.startsWith("{")) {
            return List.of(pattern);
        }
        int end = pattern.indexOf('}');
        return Stream.of(pattern.substring(1, end).split(",", -1))
                .map(first -> first + pattern.substring(end + 1))
                .toList();
    }

    private static List<Path> matches(List<Path> folders, String glob) {
        List<Path> found = new ArrayList<>();
        for (Path folder : folders) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
                entries.forEach(found::add);
            } catch (IOException notReadable) {
                // nothing of ours there
            }
        }
        found.sort(Comparator.reverseOrder());
        return found;
    }
}
