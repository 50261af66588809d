package io.dlrm4j.cuda.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibrarySearchTest {
    @TempDir
    Path root;

    private String file(String path) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.createFile(file);
        return file.toString();
    }

    private List<String> search(String... given) {
        List<Path> folders = List.of(given).stream().map(root::resolve).toList();
        return new LibrarySearch(folders, root).candidates("nvrtc", List.of("13", "12"));
    }

    @Test
    void aGivenFolderComesFirstAndItsNewestVersionBefore() throws IOException {
        String old = file("mine/libnvrtc.so.12.8");
        String recent = file("mine/libnvrtc.so.13");
        file("mine/libnvrtc-builtins.so.13.0");
        file("mine/libnvrtc_static.a");
        assertThat(search("mine")).containsExactly(recent, old, "libnvrtc.so.13", "libnvrtc.so.12");
    }

    @Test
    void aToolkitAndAPythonEnvironmentMayBeGiven() throws IOException {
        String ofToolkit = file("cuda-13.0/lib64/libnvrtc.so.13");
        String ofWheels = file("venv/lib/python3.12/site-packages/nvidia/cu13/lib/libnvrtc.so.13");
        assertThat(search("venv", "cuda-13.0")).startsWith(ofWheels, ofToolkit);
    }

    @Test
    void theWholeMachineComesLast() throws IOException {
        String toolkit = file("usr/local/cuda-12.9/lib64/libnvrtc.so.12");
        String wheels = file("opt/torch/lib/python3.11/dist-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12");
        assertThat(search()).containsExactly("libnvrtc.so.13", "libnvrtc.so.12", toolkit, wheels);
    }

    @Test
    void whatIsMissingIsSaidWithARemedy() {
        LibrarySearch nowhere = new LibrarySearch(List.of(), root);
        assertThatThrownBy(() -> NativeLibrary.open(nowhere, "absent", List.of("1"), "install the absent"))
                .isInstanceOf(CudaUnavailableException.class)
                .hasMessage(
                        "train.engine=cuda: no libabsent.so.1 here: install the absent, or name its folder in cuda.path");
    }
}
