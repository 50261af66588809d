package io.dlrm4j.cuda.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.testkit.StandIn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// NCCL's bindings on the stand-in; what they are used for is tested by whole jobs.
class NcclTest {
    @Test
    void isFoundAndHasAVersion() throws IOException, InterruptedException {
        Path folder = StandIn.required().folder();
        Nccl nccl = new Nccl(new LibrarySearch(List.of(folder), folder));
        assertThat(nccl.version()).isEqualTo(22703);
        assertThat(nccl.newId()).hasSize(128);
    }

    @Test
    void whereItIsAbsentTheMessageSaysWhatToDo(@TempDir Path nowhere) {
        LibrarySearch search = new LibrarySearch(List.of(), nowhere);
        Assumptions.assumeFalse(isHere(search), "this machine has NCCL");
        assertThatThrownBy(() -> new Nccl(search))
                .isInstanceOf(CudaUnavailableException.class)
                .hasMessage("train.engine=cuda: no libnccl.so.2 here: install NCCL (libnccl2, or the Python wheel "
                        + "nvidia-nccl), use --collectives host, or name its folder in cuda.path");
    }

    private static boolean isHere(LibrarySearch search) {
        try {
            return new Nccl(search).version() > 0;
        } catch (CudaUnavailableException absent) {
            return false;
        }
    }
}
