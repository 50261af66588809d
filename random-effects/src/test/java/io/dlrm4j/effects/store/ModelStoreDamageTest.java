package io.dlrm4j.effects.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelStoreDamageTest {
    @TempDir
    Path folder;

    private Path log = Path.of("");
    private byte[] whole = new byte[0];
    private int[] ends = new int[0];

    @BeforeEach
    void threeCommits() throws IOException {
        log = LogFile.path(folder, 1);
        ends = new int[4];
        ends[0] = LogFile.HEADER;
        try (ModelStore store = ModelStore.open(folder)) {
            store.features("u").add("f", "");
            for (int i = 1; i <= 3; i++) {
                store.put(Models.of("u", "a", i));
                store.put(Models.of("u", "b", i));
                store.commit();
                ends[i] = lastByte(Files.readAllBytes(log)) + 1;
            }
        }
        whole = Files.readAllBytes(log);
    }

    /// A commit ends with its own place, whose high bytes are zeros: the record's length says where it ends.
    private static int lastByte(byte[] bytes) {
        int last = bytes.length - 1;
        while (bytes[last] == 0) {
            last--;
        }
        int at = LogFile.HEADER;
        int end = at;
        while (at <= last) {
            int length = (bytes[at] & 0xFF) | ((bytes[at + 1] & 0xFF) << 8);
            at += LogRecord.FRAME + length;
            end = at;
        }
        return end - 1;
    }

    @Test
    void aLogCutAnywhereIsThatOfTheLastWholeCommit() throws IOException {
        for (int length = LogFile.HEADER; length <= ends[3]; length++) {
            Files.write(log, Arrays.copyOf(whole, length));
            int commits = 0;
            while (commits < 3 && ends[commits + 1] <= length) {
                commits++;
            }
            try (ModelStore store = ModelStore.open(folder)) {
                assertThat(store.version()).as("cut at %d", length).isEqualTo(commits);
                assertThat(Models.value(store, "u", "b"))
                        .isEqualTo(commits == 0 ? Double.valueOf(Double.NaN) : Double.valueOf(commits));
                store.features("u").add("f", "");
                store.put(Models.of("u", "b", 77));
                assertThat(store.commit()).isEqualTo(commits + 1);
            }
            try (ModelStore store = ModelStore.open(folder)) {
                assertThat(Models.value(store, "u", "b")).isEqualTo(77);
            }
        }
    }

    @Test
    void aFlippedBitInCommittedBytesIsRefusedWithItsPlace() throws IOException {
        for (int at = ends[0]; at < ends[2]; at++) {
            byte[] bytes = whole.clone();
            bytes[at] ^= (byte) (1 << (at % 8));
            Files.write(log, bytes);
            assertThatThrownBy(() -> ModelStore.open(folder).close())
                    .as("byte %d", at)
                    .isInstanceOf(DataException.class)
                    .hasMessageMatching(
                            "\\Q" + log
                                    + "\\E: record at byte \\d+: damaged, and a commit follows it at byte \\d+; restore the folder from a copy");
        }
    }

    @Test
    void aDamagedHeaderIsRefused() throws IOException {
        for (int at = 0; at < LogFile.HEADER; at++) {
            byte[] bytes = whole.clone();
            bytes[at] ^= 0x20;
            Files.write(log, bytes);
            assertThatThrownBy(() -> ModelStore.open(folder).close())
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("header is damaged");
        }
    }

    @Test
    void whatACompactionLeftUnfinishedIsSweptAway() throws IOException {
        Files.write(folder.resolve("models-00000002.log.tmp"), new byte[] {1, 2, 3});
        try (ModelStore store = ModelStore.open(folder)) {
            assertThat(store.version()).isEqualTo(3);
        }
        assertThat(folder.resolve("models-00000002.log.tmp")).doesNotExist();
    }
}
