package io.dlrm4j.comm.transport;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.BitSet;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedMemoryTest {
    @TempDir
    Path directory;

    @Test
    void aPlaceMeansTheSameMemoryToAnotherRank() {
        try (SharedMemory mine = ofRank(0);
                SharedMemory theirs = ofRank(1)) {
            mine.allocate(100, 64);
            MemorySegment second = mine.allocate(100_000, 64);
            long place = mine.placeOf(second.asSlice(70_000, 16));
            second.set(JAVA_BYTE, 70_003, (byte) 42);
            MemorySegment seen = Objects.requireNonNull(theirs.area(0, place, 16));
            assertThat(seen.get(JAVA_BYTE, SharedMemory.byteOf(place) + 3)).isEqualTo((byte) 42);
            assertThat(theirs.area(0, place, 16)).isSameAs(seen); // mapped once
        }
    }

    @Test
    void onlyWhatLiesWhollyInAnAreaHasAPlace() {
        try (SharedMemory mine = ofRank(0);
                SharedMemory theirs = ofRank(1)) {
            MemorySegment area = mine.allocate(100, 64);
            MemorySegment other = theirs.allocate(100, 64);
            assertThat(mine.placeOf(area)).isNotEqualTo(SharedMemory.NOWHERE);
            assertThat(mine.placeOf(other)).isEqualTo(SharedMemory.NOWHERE);
            assertThat(mine.placeOf(MemorySegment.ofArray(new byte[4]))).isEqualTo(SharedMemory.NOWHERE);
        }
    }

    @Test
    void whatIsNotThereIsNoArea() {
        try (SharedMemory mine = ofRank(0);
                SharedMemory theirs = ofRank(1)) {
            long place = mine.placeOf(mine.allocate(100, 64));
            assertThat(theirs.area(0, place, 100)).isNotNull();
            assertThat(theirs.area(0, place, 101)).isNull();
            assertThat(theirs.area(0, place, -1)).isNull();
            assertThat(theirs.area(1, place, 1)).isNull();
            assertThat(theirs.area(0, SharedMemory.NOWHERE, 1)).isNull();
        }
    }

    @Test
    void filesAreReadableByTheirOwnerAlone() throws IOException {
        try (SharedMemory mine = ofRank(0)) {
            mine.allocate(100_000, 64);
            Path file = directory.resolve("shared-0-0");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
            assertThat(file).hasSize(100_000);
        }
    }

    @Test
    void withoutRoomMemoryIsOrdinary() throws IOException {
        Files.createFile(directory.resolve("shared-0-0")); // stands for a file that cannot be made
        try (SharedMemory mine = ofRank(0)) {
            MemorySegment memory = mine.allocate(100, 64);
            memory.set(JAVA_BYTE, 99, (byte) 1);
            assertThat(mine.placeOf(memory)).isEqualTo(SharedMemory.NOWHERE);
        }
    }

    private SharedMemory ofRank(int rank) {
        BitSet host = new BitSet();
        host.set(0, 2);
        return new SharedMemory(rank, 2, host, new AreaFiles(directory));
    }
}
