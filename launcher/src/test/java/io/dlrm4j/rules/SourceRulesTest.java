package io.dlrm4j.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Lengths, package documents and leftovers, read from the sources themselves.
class SourceRulesTest {
    private static final int MAIN_FILE_LINES = 400;
    private static final int TEST_FILE_LINES = 500;
    private static final int LINE_LENGTH = 120;
    private static final int MESSAGE_LENGTH = 150; // a message stays in one piece, so that it can be searched for
    private static final int MAIN_LINES = 72_000;
    private static final Pattern LEFTOVER = Pattern.compile("\\b(TODO|FIXME|XXX|HACK)\\b");
    private static final Pattern KIND_NAME =
            Pattern.compile(".*(Manager|Handler|Processor|Impl|Util|Utils|Helper)\\.java|Abstract.*|Base[A-Z].*");
    private static final Set<String> KIND_PACKAGES =
            Set.of("util", "utils", "common", "helper", "impl", "base", "misc", "internal");

    @Test
    void filesAreShortEnoughToHoldInTheHead() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path file : sources()) {
            int limit = isTest(file) ? TEST_FILE_LINES : MAIN_FILE_LINES;
            List<String> lines = Files.readAllLines(file);
            if (lines.size() > limit) {
                tooLong.add("%s: lines=%d, want %d or fewer".formatted(file, lines.size(), limit));
            }
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                int longest = line.contains("\"") || line.contains("%s") ? MESSAGE_LENGTH : LINE_LENGTH;
                if (line.length() > longest) {
                    tooLong.add("%s:%d: length=%d, want %d or less".formatted(file, i + 1, line.length(), longest));
                }
            }
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void theWholeStaysWithinItsBudget() throws IOException {
        long lines = 0;
        for (Path file : sources()) {
            if (!isTest(file)) {
                lines += Files.readAllLines(file).size();
            }
        }
        assertThat(lines).as("lines of main code; raise the budget on purpose").isLessThanOrEqualTo(MAIN_LINES);
    }

    @Test
    void nothingIsLeftOver() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : sources()) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (LEFTOVER.matcher(lines.get(i)).find() && !file.endsWith("SourceRulesTest.java")) {
                    found.add("%s:%d: %s".formatted(file, i + 1, lines.get(i).strip()));
                }
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void namesSayTheirJobAndNotTheirKind() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : sources()) {
            if (KIND_NAME.matcher(file.getFileName().toString()).matches()
                    || KIND_PACKAGES.contains(Objects.requireNonNull(file.getParent())
                            .getFileName()
                            .toString())) {
                found.add(file.toString());
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void everyMainPackageIsDescribedAndNullMarked() throws IOException {
        List<String> missing = new ArrayList<>();
        for (Path folder : sources().stream()
                .filter(f -> !isTest(f))
                .map(Path::getParent)
                .distinct()
                .toList()) {
            Path info = folder.resolve("package-info.java");
            if (!Files.exists(info) || !Files.readString(info).contains("@NullMarked")) {
                missing.add(info.toString());
            }
        }
        assertThat(missing).isEmpty();
    }

    private static boolean isTest(Path file) {
        return file.toString().contains("/src/test/");
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Repository.root())) {
            return files.filter(f -> f.toString().endsWith(".java"))
                    .filter(f -> !f.toString().contains("/target/"))
                    .sorted()
                    .toList();
        }
    }
}
