package io.dlrm4j.effects.format;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/// Real files of GDMix and Photon, where they are.
public final class MixedEffectsData {
    private static final Path ROOT =
            Path.of(System.getProperty("data.dir", "../shared/data")).resolve("mixed-effects");

    private MixedEffectsData() {}

    /// @return a file or folder; the test is skipped where there is none
    public static Path path(String name) {
        Path path = ROOT.resolve(name);
        assumeTrue(Files.exists(path), "no " + path);
        return path;
    }
}
