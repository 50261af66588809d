package io.dlrm4j.core.blas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Nd4jLibraryTest {
    private static final String LIBRARY = "org.bytedeco.openblas.load";

    @TempDir
    Path folder;

    private @Nullable String before;

    @BeforeEach
    void clear() {
        before = System.getProperty(LIBRARY);
        System.clearProperty(LIBRARY);
    }

    @AfterEach
    void restore() {
        if (before == null) {
            System.clearProperty(LIBRARY);
        } else {
            System.setProperty(LIBRARY, before);
        }
    }

    @Test
    void mklIsTakenWhereItIsOnTheClassPath() throws IOException {
        try (URLClassLoader classPath = classPathWithMkl()) {
            assertThat(Nd4jLibrary.chooseBlas(classPath)).contains("MKL");
            assertThat(System.getProperty(LIBRARY)).isEqualTo("mkl_rt");
        }
    }

    @Test
    void whatTheUserNamesStays() throws IOException {
        System.setProperty(LIBRARY, "openblas");
        try (URLClassLoader classPath = classPathWithMkl()) {
            assertThat(Nd4jLibrary.chooseBlas(classPath)).isEmpty();
            assertThat(System.getProperty(LIBRARY)).isEqualTo("openblas");
        }
    }

    @Test
    void withoutMklNothingIsChosen() throws IOException {
        try (URLClassLoader classPath = new URLClassLoader(new URL[0], null)) {
            assertThat(Nd4jLibrary.chooseBlas(classPath)).isEmpty();
            assertThat(System.getProperty(LIBRARY)).isNull();
        }
    }

    private URLClassLoader classPathWithMkl() throws IOException {
        Path library = folder.resolve("org/bytedeco/mkl/linux-x86_64/libmkl_rt.so.2");
        Files.createDirectories(library.getParent());
        Files.createFile(library);
        return new URLClassLoader(new URL[] {folder.toUri().toURL()}, null);
    }
}
