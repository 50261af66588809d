package io.dlrm4j.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Documents that cannot rot unseen: links resolve, the reading path still leads from file to file, and every
/// dependency is accounted for.
class DocsTest {
    private static final Pattern LINK = Pattern.compile("\\[[^]]+]\\(([^)#]+)(#[^)]*)?\\)");
    private static final Pattern READING_ROW = Pattern.compile("^\\| \\d+ \\| \\[`(\\w+)`]\\(([^)]+)\\).*");
    private static final Pattern ARTIFACT = Pattern.compile("<artifactId>([^<]+)</artifactId>");
    private static final Pattern TEST_NAME = Pattern.compile("`([A-Z]\\w+(?:Test|IT))`");
    private static final int MOST_FILES_OF_A_STEP = 8;

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path document : documents()) {
            Matcher link = LINK.matcher(Files.readString(document));
            while (link.find()) {
                String target = link.group(1);
                if (!target.contains("://") && !Files.exists(parent(document).resolve(target))) {
                    broken.add(document + ": " + target);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void oneStepIsReadInFewFilesEachNamingTheNext() throws IOException {
        Path reading = Repository.root().resolve("docs/reading.md");
        List<String> names = new ArrayList<>();
        List<Path> files = new ArrayList<>();
        for (String line : Files.readAllLines(reading)) {
            Matcher row = READING_ROW.matcher(line);
            if (row.matches()) {
                names.add(row.group(1));
                files.add(parent(reading).resolve(row.group(2)));
            }
        }
        assertThat(names).hasSizeBetween(5, MOST_FILES_OF_A_STEP);
        for (int i = 1; i < files.size(); i++) {
            String next = names.get(i);
            assertThat(files.subList(0, i))
                    .as("%s is named by a file read before it", next)
                    .anyMatch(file -> contains(file, next));
        }
    }

    @Test
    void everyTestThatIsNamedAsProofExists() throws IOException {
        List<String> missing = new ArrayList<>();
        for (Path document : files(name -> name.endsWith(".md") || name.equals("package-info.java"))) {
            Matcher test = TEST_NAME.matcher(Files.readString(document));
            while (test.find()) {
                String file = test.group(1) + ".java";
                if (!test.group(1).matches("X(Test|IT)") && files(file::equals).isEmpty()) {
                    missing.add(document + ": " + test.group(1));
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void everyDependencyIsAccountedFor() throws IOException {
        Path root = Repository.root();
        String pom = Files.readString(root.resolve("pom.xml"));
        String managed = pom.substring(pom.indexOf("<dependencyManagement>"), pom.indexOf("</dependencyManagement>"));
        String accounts = Files.readString(root.resolve("docs/dependencies.md"));
        List<String> missing = new ArrayList<>();
        Matcher artifact = ARTIFACT.matcher(managed.replaceAll("(?s)<exclusions>.*?</exclusions>", ""));
        while (artifact.find()) {
            String name = artifact.group(1);
            if (!Files.isDirectory(root.resolve(name)) && !accounts.contains("`" + name + "`")) {
                missing.add(name);
            }
        }
        assertThat(missing)
                .as("managed in pom.xml, absent from docs/dependencies.md")
                .isEmpty();
    }

    private static boolean contains(Path file, String name) {
        try {
            return Pattern.compile("\\b" + name + "\\b")
                    .matcher(Files.readString(file))
                    .find();
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + file, e);
        }
    }

    private static Path parent(Path file) {
        return Objects.requireNonNull(file.toAbsolutePath().getParent());
    }

    private static List<Path> documents() throws IOException {
        return files(name -> name.endsWith(".md"));
    }

    private static List<Path> files(Predicate<String> wanted) throws IOException {
        try (Stream<Path> files = Files.walk(Repository.root())) {
            return files.filter(f -> wanted.test(String.valueOf(f.getFileName())))
                    .filter(f -> !f.toString().contains("/target/"))
                    .sorted()
                    .toList();
        }
    }
}
