package io.dlrm4j.effects.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewFileTest {
    @TempDir
    Path folder;

    @Test
    void appearsWhenFinishedAndReplacesWhatWasThere() throws IOException {
        Path file = folder.resolve("a/b.txt");
        NewFile.write(file, "old");
        try (NewFile begun = NewFile.begin(file)) {
            Files.writeString(begun.unfinished(), "new");
            assertThat(file).hasContent("old");
            begun.finish();
        }
        assertThat(file).hasContent("new");
        assertThat(file.resolveSibling("b.txt.tmp")).doesNotExist();
    }

    @Test
    void leavesNothingWhenNotFinished() throws IOException {
        Path file = folder.resolve("c.txt");
        try (NewFile begun = NewFile.begin(file)) {
            Files.writeString(begun.unfinished(), "half");
        }
        try (var entries = Files.list(folder)) {
            assertThat(entries).isEmpty();
        }
    }

    @Test
    void partFilesAreThoseOfAFolderWithoutMarkers() throws IOException {
        for (String name :
                new String[] {"d/part-1.avro", "d/part-0.avro", "d/_SUCCESS", "d/.part-0.avro.crc", "d/x.txt"}) {
            NewFile.write(folder.resolve(name), "");
        }
        assertThat(PartFiles.of(folder.resolve("d"), ".avro"))
                .extracting(file -> file.getFileName().toString())
                .containsExactly("part-0.avro", "part-1.avro");
        assertThatThrownBy(() -> PartFiles.of(folder.resolve("d"), ".parquet"))
                .isInstanceOf(DataException.class)
                .hasMessage("%s: no files ending in .parquet in this folder", folder.resolve("d"));
        assertThatThrownBy(() -> PartFiles.of(folder.resolve("e")))
                .hasMessage("%s: no such file or folder", folder.resolve("e"));
    }
}
