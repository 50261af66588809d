package io.dlrm4j.cuda.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.testkit.StandIn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelCacheTest {
    private static final String SOURCE = "KERNEL(256) nothing(int n) {}\n";
    private static final List<String> OPTIONS = List.of("--gpu-architecture=sm_90");

    @TempDir
    Path folder;

    private Nvrtc compiler;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        Path libraries = StandIn.required().folder();
        compiler = new Nvrtc(new LibrarySearch(List.of(libraries), libraries));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void compilesOnce() throws IOException {
        KernelCache cache = new KernelCache(folder);
        byte[] code = cache.get(compiler, SOURCE, "k.cu", OPTIONS);
        assertThat(code).isNotEmpty();
        assertThat(files()).hasSize(1);
        byte[] marked = {1, 2, 3};
        Files.write(files().getFirst(), marked);
        assertThat(cache.get(compiler, SOURCE, "k.cu", OPTIONS)).isEqualTo(marked);
    }

    @Test
    void anythingElseIsCompiledAnew() throws IOException {
        KernelCache cache = new KernelCache(folder);
        cache.get(compiler, SOURCE, "k.cu", OPTIONS);
        cache.get(compiler, SOURCE + "\n", "k.cu", OPTIONS);
        cache.get(compiler, SOURCE, "k.cu", List.of("--gpu-architecture=sm_80"));
        assertThat(files()).hasSize(3);
    }

    @Test
    void aFolderThatCannotBeMadeCostsOnlyTheCompilation() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        KernelCache cache = new KernelCache(file.resolve("below"));
        assertThat(cache.get(compiler, SOURCE, "k.cu", OPTIONS)).isNotEmpty();
    }

    @Test
    void whatTheCompilerSaysIsTold() {
        KernelCache cache = new KernelCache(folder);
        assertThatThrownBy(() -> cache.get(compiler, "KERNEL(256) broken(int n) { m = 1; }\n", "k.cu", OPTIONS))
                .isInstanceOf(CudaException.class)
                .hasMessageStartingWith("k.cu: NVRTC_ERROR_COMPILATION")
                .hasMessageContaining("was not declared");
    }
}
