package io.dlrm4j.cuda.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.testkit.StandIn;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The bindings on the stand-in, and that the stand-in minds what a real driver would.
class StandInTest {
    private StandIn standIn;
    private LibrarySearch search;
    private CudaLibraries cuda;
    private Driver driver;
    private long stream;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        standIn = StandIn.required();
        Path folder = standIn.folder();
        search = new LibrarySearch(List.of(folder), folder);
        cuda = CudaLibraries.open(search);
        driver = cuda.driver();
        driver.use(driver.retain(driver.device(0)));
        stream = driver.createStream();
    }

    @AfterEach
    void close() {
        if (standIn != null) {
            driver.destroyStream(stream);
            driver.release(driver.device(0));
        }
    }

    @Test
    void bytesTravelThereAndBack() {
        long device = driver.allocate(16);
        MemorySegment there = driver.allocateHost(16);
        MemorySegment back = driver.allocateHost(16);
        there.setAtIndex(ValueLayout.JAVA_INT, 2, 77);
        driver.toDevice(device, there, 16, stream);
        driver.toHost(back, device, 16, stream);
        driver.synchronize(stream);
        assertThat(back.getAtIndex(ValueLayout.JAVA_INT, 2)).isEqualTo(77);
        driver.freeHost(there);
        driver.freeHost(back);
        driver.free(device);
    }

    @Test
    void pageLockedMemoryIsReadWhenTheCopyRunsAndOtherMemoryAtOnce() {
        long device = driver.allocate(4);
        MemorySegment locked = driver.allocateHost(4);
        MemorySegment back = driver.allocateHost(4);
        locked.set(ValueLayout.JAVA_INT, 0, 1);
        driver.toDevice(device, locked, 4, stream);
        locked.set(ValueLayout.JAVA_INT, 0, 2); // a mistake that must show
        driver.toHost(back, device, 4, stream);
        driver.synchronize(stream);
        assertThat(back.get(ValueLayout.JAVA_INT, 0)).isEqualTo(2);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pageable = arena.allocateFrom(ValueLayout.JAVA_INT, 3);
            driver.toDevice(device, pageable, 4, stream);
            pageable.set(ValueLayout.JAVA_INT, 0, 4);
            driver.toHost(back, device, 4, stream);
            driver.synchronize(stream);
        }
        assertThat(back.get(ValueLayout.JAVA_INT, 0)).isEqualTo(3);
        driver.freeHost(locked);
        driver.freeHost(back);
        driver.free(device);
    }

    @Test
    void mistakesAreAnsweredWithTheFunctionAndTheStatus() {
        long device = driver.allocate(16);
        assertThatThrownBy(() -> driver.fill(device, 0, 5, stream))
                .isInstanceOf(CudaException.class)
                .hasMessage("cuMemsetD32Async: CUDA_ERROR_1 (1): said by the stand-in");
        driver.free(device);
        assertThatThrownBy(() -> driver.free(device)).isInstanceOf(CudaException.class);
    }

    @Test
    void aCaptureMustBeJoined() {
        long other = driver.createStream();
        long event = driver.createEvent(false);
        long device = driver.allocate(16);
        assertThatThrownBy(() -> cuda.launcher().capture(stream, () -> {
                    driver.record(event, stream);
                    driver.wait(other, event);
                    driver.fill(device, 0, 4, other);
                }))
                .hasMessageContaining("(904)");
        assertThatThrownBy(() -> cuda.launcher().capture(stream, () -> driver.allocate(16)))
                .hasMessageContaining("cuMemAlloc")
                .hasMessageContaining("(900)");
        driver.free(device);
        driver.destroyEvent(event);
        driver.destroyStream(other);
    }

    @Test
    void noCardIsSaidInOneSentence() {
        standIn.set("devices", 0);
        assertThatThrownBy(() -> CudaLibraries.open(search))
                .isInstanceOf(CudaUnavailableException.class)
                .hasMessageContaining("finds no card")
                .hasMessageContaining("use --engine cpu here");
        standIn.reset();
    }
}
