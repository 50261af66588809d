package io.dlrm4j.rules;

import java.nio.file.Files;
import java.nio.file.Path;

/// Where the sources are when the tests of the launcher run.
final class Repository {
    private Repository() {}

    /// @return the folder that holds `dlrm-core`, `launcher` and the others
    static Path root() {
        Path here = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(here.resolve("dlrm-core"))) {
            Path parent = here.getParent();
            if (parent == null) {
                throw new IllegalStateException(
                        "no folder with dlrm-core above " + Path.of("").toAbsolutePath());
            }
            here = parent;
        }
        return here;
    }
}
