package io.dlrm4j.effects.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.gdmix.FeatureList;
import io.dlrm4j.effects.format.gdmix.Partitions;
import io.dlrm4j.effects.format.gdmix.TensorMetadata;
import io.dlrm4j.effects.format.lambda.LambdaModel;
import io.dlrm4j.effects.format.photon.PhotonInput;
import io.dlrm4j.effects.format.photon.PhotonModel;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextLinesTest {
    @TempDir
    Path folder;

    private static List<String> lines(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        try (TextLines in = TextLines.open(file)) {
            for (String line = in.next(); line != null; line = in.next()) {
                lines.add(line);
            }
            assertThat(in.where()).isEqualTo("%s: line %d", file, lines.size());
        }
        return lines;
    }

    /// Lines of all lengths around the buffer's are those that the JDK reads.
    @Test
    void linesAreThoseOfTheFile() throws IOException {
        Random random = new Random(3);
        StringBuilder text = new StringBuilder("\n\r\nä\n");
        for (int i = 0; i < 60; i++) {
            text.append("x".repeat(random.nextInt(3000))).append(i % 3 == 0 ? "\r\n" : "\n");
        }
        text.append("y".repeat((1 << 14) + 1)).append("\nlast");
        Path plain = Files.writeString(folder.resolve("plain"), text);
        assertThat(lines(plain)).isEqualTo(Files.readAllLines(plain));
        Path packed = folder.resolve("packed.GZ");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            Files.copy(plain, out);
        }
        assertThat(lines(packed)).isEqualTo(Files.readAllLines(plain));
        assertThat(lines(Files.createFile(folder.resolve("empty")))).isEmpty();
    }

    @Test
    void whatIsNoTextIsRefusedWithItsPlace() throws IOException {
        Path bytes = Files.write(folder.resolve("bytes"), new byte[] {'a', '\n', (byte) 0xff, '\n'});
        assertThatThrownBy(() -> lines(bytes))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(bytes + ": no UTF-8 text behind line ");
        Path plain = Files.writeString(folder.resolve("plain.gz"), "text");
        assertThatThrownBy(() -> lines(plain)).hasMessage("%s: no gzip: Not in GZIP format", plain);
        Path whole = folder.resolve("whole.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(whole))) {
            out.write(new byte[100_000]);
        }
        byte[] cut = Files.readAllBytes(whole);
        Path part = Files.write(folder.resolve("part.gz"), Arrays.copyOf(cut, cut.length - 9));
        assertThatThrownBy(() -> lines(part)).hasMessageStartingWith(part + ": damaged gzip behind line ");
    }

    /// No reader of lines takes more memory than a line may have, whatever a packed file unpacks to.
    @Test
    void aLineThatDoesNotEndIsRefused() throws IOException {
        Path file = folder.resolve("endless.jsonl.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write('\n');
            byte[] some = new byte[1 << 20];
            for (int i = 0; i <= TextLines.MOST_CHARACTERS >> 20; i++) {
                out.write(some);
            }
        }
        assertThat(Files.size(file)).isLessThan(100_000);
        assertThatThrownBy(() -> lines(file))
                .isInstanceOf(DataException.class)
                .hasMessage("%s: line 2: more than 16777216 characters, the most that a line may have", file);
        assertThatThrownBy(() -> {
                    try (TextLines in = TextLines.open(file, 1 << 20)) {
                        in.next();
                        in.next();
                    }
                })
                .hasMessageStartingWith(file + ": more than 1048576 bytes, the most that such a file may have");
    }

    @Test
    void everyReaderOfMetadataHasItsLimit() throws IOException {
        Path json = endless("tensor_metadata.json", JsonFile.MOST_BYTES);
        assertRefused(() -> TensorMetadata.read(json), json, JsonFile.MOST_BYTES);
        Path list = endless("list", TextLines.FEATURES_BYTES);
        assertRefused(() -> FeatureList.read(list), list, TextLines.FEATURES_BYTES);
        assertRefused(
                () -> PhotonInput.readBags(folder, List.of("list"), new FeatureIndex()),
                list,
                TextLines.FEATURES_BYTES);
        Path partitions = endless("partitionList.txt", TextLines.METADATA_BYTES);
        assertRefused(() -> Partitions.readList(partitions), partitions, TextLines.METADATA_BYTES);
        assertRefused(() -> LambdaModel.read(partitions, "m", true), partitions, TextLines.METADATA_BYTES);
        Files.createDirectories(folder.resolve("fixed-effect/all"));
        Path info = endless("fixed-effect/all/id-info", TextLines.METADATA_BYTES);
        assertRefused(() -> PhotonModel.read(folder), info, TextLines.METADATA_BYTES);
    }

    /// A file with a hole, which takes no room on the disk.
    private Path endless(String name, long bytes) throws IOException {
        Path file = folder.resolve(name);
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(bytes + 1);
        }
        return file;
    }

    private static void assertRefused(ThrowingCallable read, Path file, long bytes) {
        assertThatThrownBy(read)
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("%s: more than %d bytes, the most that ".formatted(file, bytes));
    }
}
