package io.dlrm4j.criteo.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineCountTest {
    @TempDir
    Path temp;

    @Test
    void everyNewlineCountsAtAnyPlaceBesideAnyByte() throws IOException {
        SplittableRandom random = new SplittableRandom(3);
        byte[] bytes = new byte[100_003];
        long want = 1; // the last line has no end
        for (int i = 0; i < bytes.length - 1; i++) {
            bytes[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt(9, 12) : random.nextInt(256));
            want += bytes[i] == '\n' ? 1 : 0;
        }
        Path ended = Files.writeString(temp.resolve("ended"), "a\n\nb\n");
        Path open = Files.write(temp.resolve("open"), bytes);
        assertThat(LineCount.of(List.of(open, ended))).hasValue(want + 3);
    }

    @Test
    void gzipIsNotCounted() throws IOException {
        Path plain = Files.writeString(temp.resolve("plain"), "a\n");
        Path gzip = Files.write(temp.resolve("gzip"), new byte[] {0x1F, (byte) 0x8B, 8});
        assertThat(LineCount.of(List.of(plain, gzip))).isEmpty();
    }
}
