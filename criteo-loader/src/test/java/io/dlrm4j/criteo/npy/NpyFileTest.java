package io.dlrm4j.criteo.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.memory.OffHeap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpyFileTest {
    @TempDir
    Path temp;

    private static ByteBuffer bytes(int... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            buffer.putInt(value);
        }
        return buffer.flip();
    }

    /// A file as another program might write it.
    private Path file(int version, String dictionary, byte[] elements) throws IOException {
        byte[] text = (dictionary + "\n").getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer start = ByteBuffer.allocate(version == 1 ? 10 : 12).order(ByteOrder.LITTLE_ENDIAN);
        start.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
        if (version == 1) {
            start.putShort((short) text.length);
        } else {
            start.putInt(text.length);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(start.array());
        out.write(text);
        out.write(elements);
        return Files.write(temp.resolve("file.npy"), out.toByteArray());
    }

    private void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> NpyFile.open(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(message)
                .hasMessageStartingWith(file.toString());
    }

    @Test
    void whatIsWrittenRowByRowIsRead() throws IOException {
        Path file = temp.resolve("a.npy");
        try (NpyWriter writer = NpyWriter.create(file, NpyType.INT32, List.of(3L))) {
            writer.write(bytes(1, 2, 3));
            writer.write(bytes(4, 5, 6, 7, 8, 9));
            assertThat(writer.rows()).isEqualTo(3);
        }
        try (NpyFile npy = NpyFile.open(file).require(NpyType.INT32, 3L, 3L);
                OffHeap memory = OffHeap.unlimited("test")) {
            assertThat(npy.ints(memory, "a").toArray()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
            ByteBuffer two = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            npy.read(4, two);
            assertThat(two.getInt(0)).isEqualTo(5);
        }
        String start = Files.readString(file, StandardCharsets.ISO_8859_1).substring(0, 128);
        assertThat(start)
                .isEqualTo("\u0093NUMPY\1\0v\0{'descr': '<i4', 'fortran_order': False, 'shape': (3, 3), }"
                        + " ".repeat(58) + "\n");
    }

    @Test
    void rowsCanMoveToAnotherFile() throws IOException {
        try (NpyWriter from = NpyWriter.create(temp.resolve("a.npy"), NpyType.INT32, List.of(1L));
                NpyWriter to = NpyWriter.create(temp.resolve("b.npy"), NpyType.INT32, List.of(1L))) {
            from.write(bytes(1, 2, 3, 4));
            from.moveTail(1, to);
            from.write(bytes(5));
        }
        assertThat(NpyFile.ints(temp.resolve("a.npy"))).containsExactly(1, 5);
        assertThat(NpyFile.ints(temp.resolve("b.npy"))).containsExactly(2, 3, 4);
    }

    @Test
    void halfARowIsNotWritten() throws IOException {
        try (NpyWriter writer = NpyWriter.create(temp.resolve("a.npy"), NpyType.INT32, List.of(3L))) {
            assertThatThrownBy(() -> writer.write(bytes(1, 2)))
                    .hasMessage("npy: 8 bytes, want a multiple of a row's 12");
        }
    }

    @Test
    void otherVersionsAndOrdersOfKeysAreRead() throws IOException {
        Path file = file(2, "{\"shape\": (2,), 'fortran_order' : False,'descr':'<i8'}", new byte[16]);
        assertThat(NpyFile.longs(file)).containsExactly(0, 0);
        assertThat(NpyFile.floats(file(3, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", new byte[4])))
                .containsExactly(0);
    }

    @Test
    void aFileOfAnotherLengthThanItsShapeIsRefused() throws IOException {
        Path file = temp.resolve("a.npy");
        NpyWriter.writeInts(file, new int[10]);
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, 160));
        assertRefused(file, ": 160 bytes, want 168 for shape (10,) of <i4; the file is cut short");
        Files.write(file, Arrays.copyOf(whole, 170));
        assertRefused(file, ": 170 bytes, want 168 for shape (10,) of <i4; the file is too long");
        Files.write(file, Arrays.copyOf(whole, 60));
        assertRefused(file, ": header of 118 bytes, want it whole and at most 65536 bytes");
        Files.write(file, new byte[] {1, 2});
        assertRefused(file, ": not a .npy file, want the first bytes \\x93NUMPY");
    }

    @Test
    void anUnfinishedFileIsRefused() throws IOException {
        Path file = temp.resolve("a.npy");
        NpyWriter writer = NpyWriter.create(file, NpyType.INT32, List.of());
        writer.write(bytes(1));
        assertRefused(file, ": not a .npy file"); // nothing of the first block is there
        writer.write(ByteBuffer.allocate(5 << 20));
        assertRefused(file, "for shape (0,) of <i4; the file is too long");
        writer.close();
        assertThat(NpyFile.ints(file)).startsWith(1).hasSize(1 + (5 << 18));
    }

    @Test
    void headersThatSaySomethingElseAreRefused() throws IOException {
        byte[] none = {};
        assertRefused(
                file(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (0,)}", none),
                "element type <f8, want <f4, <i4 or <i8");
        assertRefused(
                file(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (0,)}", none),
                "want C order (fortran_order False)");
        assertRefused(file(1, "{'descr': '<f4', 'shape': (0,)}", none), "want exactly descr, fortran_order and shape");
        assertRefused(
                file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (0,), 'x': 1}", none),
                "want exactly descr, fortran_order and shape");
        assertRefused(
                file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", none),
                "want sizes of up to 18 digits in shape");
        assertRefused(
                file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999, 999999999999)}", none),
                "shape (999999999999, 999999999999) is beyond any file");
        assertRefused(file(1, "{'descr': [('a', '<f4')]}", none), "want a quoted name at column 10");
        assertRefused(file(1, "import os", none), "want '{' at column 0");
        assertRefused(file(9, "{}", none), ".npy version 9, want 1, 2 or 3");
    }

    @Test
    void typeAndShapeAreDemanded() throws IOException {
        Path file = temp.resolve("a.npy");
        NpyWriter.writeInts(file, new int[10]);
        try (NpyFile npy = NpyFile.open(file)) {
            assertThatThrownBy(() -> npy.require(NpyType.FLOAT32, 5L, 2L))
                    .hasMessage(file + ": (10,) of <i4, want (5, 2) of <f4");
        }
        assertThatThrownBy(() -> NpyFile.floats(file)).hasMessage(file + ": elements are <i4, want <f4");
        assertThatThrownBy(() -> NpyFile.open(temp.resolve("absent")))
                .hasMessage(temp.resolve("absent") + ": no such file");
    }
}
