package io.dlrm4j.criteo.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineBlocksTest {
    @TempDir
    Path temp;

    /// Reads everything and puts it together again.
    private static String join(List<Path> files) throws IOException {
        StringBuilder text = new StringBuilder();
        try (LineBlocks blocks = new LineBlocks(files)) {
            RowBlock block = new RowBlock();
            while (blocks.fill(block)) {
                text.append(new String(block.text, 0, block.textEnd, StandardCharsets.ISO_8859_1));
                if (block.lastOfFile) {
                    text.append('|');
                } else {
                    assertThat(text).endsWith("\n");
                }
            }
        }
        return text.toString();
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(temp.resolve(name), text, StandardCharsets.ISO_8859_1);
    }

    @Test
    void noByteIsLostOrDoubledAtTheEndsOfBlocks() throws IOException {
        SplittableRandom random = new SplittableRandom(5);
        StringBuilder text = new StringBuilder();
        while (text.length() < 3 * RowBlock.TEXT_BYTES) {
            text.append("x".repeat(random.nextInt(60_000))).append('\n');
        }
        assertThat(join(List.of(write("a", text.toString()), write("b", "no end"))))
                .isEqualTo(text + "|no end|");
    }

    @Test
    void aFileThatEndsWithABlockIsOneBlockMoreAndEmpty() throws IOException {
        String line = "y".repeat(1_023) + "\n";
        String text = line.repeat(RowBlock.TEXT_BYTES / line.length());
        assertThat(text).hasSize(RowBlock.TEXT_BYTES);
        assertThat(join(List.of(write("a", text)))).isEqualTo(text + "|");
    }

    @Test
    void whatDoesNotFitABlockIsCutAndTheNextLineIsWhole() throws IOException {
        String cut = "z".repeat(RowParser.MAX_LINE_BYTES + 1) + "\n";
        for (int length : new int[] {RowBlock.TEXT_BYTES, 2 * RowBlock.TEXT_BYTES + 17, 5 << 20}) {
            Path file = write("a", "before\n" + "z".repeat(length) + "\nafter\n");
            assertThat(join(List.of(file))).as("%d bytes", length).isEqualTo("before\n" + cut + "after\n|");
            assertThat(join(List.of(write("b", "z".repeat(length))))).isEqualTo(cut + "|");
        }
    }
}
