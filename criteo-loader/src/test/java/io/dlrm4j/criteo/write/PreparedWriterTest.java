package io.dlrm4j.criteo.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.criteo.store.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The folder appears whole or not at all.
class PreparedWriterTest {
    @TempDir
    Path temp;

    private PreparedWriter writer() throws IOException {
        return PreparedWriter.create(temp.resolve("deep/data"), Manifest.NPY, 1, 2);
    }

    private static void append(PreparedWriter writer, int rows) throws IOException {
        writer.append(0, rows, new int[rows], new float[rows], new int[rows], new int[rows * 2]);
    }

    private static Manifest publish(PreparedWriter writer) throws IOException {
        return writer.publish(
                new Manifest.Rules("none", 0, 0, 0, false),
                List.of(new Manifest.Table("C1", 1), new Manifest.Table("C2", 1)),
                new Manifest.Origin("generate", List.of(), Map.of(), null));
    }

    @Test
    void nothingIsSeenBeforeItIsPublished() throws IOException {
        Path output = temp.resolve("deep/data");
        try (PreparedWriter writer = writer()) {
            append(writer, 5);
            assertThat(output).doesNotExist();
            assertThat(publish(writer).rows()).isEqualTo(new Manifest.Rows(List.of(5L), 0, 3, 2));
            assertThat(output).isDirectoryContaining(file -> file.endsWith("manifest.json"));
        }
        try (var files = Files.list(temp.resolve("deep"))) {
            assertThat(files).containsExactly(output);
        }
        try (var files = Files.list(output)) {
            assertThat(files).hasSize(4);
        }
    }

    @Test
    void nothingStaysWhenItIsNotPublished() throws IOException {
        try (PreparedWriter writer = writer()) {
            append(writer, 5);
            writer.endDay();
            append(writer, 1);
        }
        assertThat(temp.resolve("deep")).isEmptyDirectory();
    }

    @Test
    void whatAKilledRunLeftIsRemovedByTheNext() throws IOException {
        Path left = Files.createDirectories(temp.resolve("deep/data.partial"));
        Files.writeString(left.resolve("day_0_dense.npy"), "half");
        Files.writeString(left.resolve("lock"), "");
        try (PreparedWriter writer = writer()) {
            append(writer, 1);
            publish(writer);
        }
        assertThat(left).doesNotExist();
        assertThat(temp.resolve("deep/data/lock")).doesNotExist();
    }

    @Test
    void twoRunsDoNotWriteTheSameFolder() throws IOException {
        try (PreparedWriter first = writer()) {
            append(first, 1);
            assertThatThrownBy(this::writer)
                    .isInstanceOf(DataException.class)
                    .hasMessage(temp.resolve("deep/data.partial")
                            + ": another run is writing it; wait for it or choose another output");
            publish(first);
        }
        assertThat(temp.resolve("deep/data/manifest.json")).exists();
    }

    @Test
    void daysWithoutRowsAreKept() throws IOException {
        try (PreparedWriter writer = writer()) {
            append(writer, 2);
            writer.cut(List.of(1L, 0L, 1L));
            assertThat(publish(writer).rows()).isEqualTo(new Manifest.Rows(List.of(1L, 0L, 1L), 1, 1, 0));
        }
    }

    @Test
    void noRowsAtAllAreRefused() throws IOException {
        try (PreparedWriter writer = writer()) {
            assertThatThrownBy(() -> publish(writer)).hasMessage("no rows: nothing to write; check the input");
        }
        assertThatThrownBy(() -> PreparedWriter.create(Files.createFile(temp.resolve("file")), Manifest.NPY, 1, 2))
                .hasMessage(temp.resolve("file") + ": is a file, want a folder that does not exist yet");
        assertThatThrownBy(() -> PreparedWriter.create(temp.resolve("data"), Manifest.BINARY, 1, 2))
                .hasMessage("binary layout: 1 dense features and 2 tables, want 13 and 26");
    }
}
