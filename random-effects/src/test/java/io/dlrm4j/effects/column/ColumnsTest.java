package io.dlrm4j.effects.column;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.memory.Ints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ColumnsTest {
    private static final int ROWS = 200_003; // more than one piece of zeros

    @TempDir
    Path folder;

    @Test
    void columnsBeginWithZerosKeepWhatIsWrittenAndLeaveNoFile() throws IOException {
        for (Columns columns : List.of(Columns.in(folder), Columns.onHeap())) {
            try (columns) {
                Doubles doubles = columns.doubles(ROWS);
                Longs longs = columns.longs(ROWS);
                Ints ints = columns.ints(ROWS);
                assertThat(folder).isEmptyDirectory();
                for (int row = 0; row < ROWS; row++) {
                    assertThat(doubles.get(row) == 0 && longs.get(row) == 0 && ints.get(row) == 0)
                            .isTrue();
                    doubles.set(row, row + 0.5);
                    longs.set(row, -row * 10_000_000_000L);
                    ints.set(row, -row);
                }
                Doubles copy = columns.doubles(ROWS);
                copy.copyFrom(doubles);
                doubles.clear();
                for (int row = 0; row < ROWS; row += 1_000) {
                    assertThat(copy.get(row)).isEqualTo(row + 0.5);
                    assertThat(doubles.get(row)).isZero();
                    assertThat(longs.get(row)).isEqualTo(-row * 10_000_000_000L);
                    assertThat(ints.get(row)).isEqualTo(-row);
                }
                assertThat(columns.bytes()).isEqualTo(28L * ROWS);
                assertThat(columns.doubles(0).length()).isZero();
            }
        }
    }

    @Test
    void aFolderWithoutRoomIsNamed() {
        try (Columns columns = Columns.in(folder.resolve("missing"))) {
            assertThatThrownBy(() -> columns.doubles(3))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(folder.resolve("missing").toString());
        }
    }

    @Test
    void columnsOfDifferentLengthsAreNotCopied() {
        assertThatThrownBy(() -> Doubles.of(1, 2).copyFrom(Doubles.of(1)))
                .hasMessage("copy of 1 rows into 2, want equal lengths");
    }
}
