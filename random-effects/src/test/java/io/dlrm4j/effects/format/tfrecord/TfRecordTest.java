package io.dlrm4j.effects.format.tfrecord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.example.BytesValues;
import io.dlrm4j.effects.example.Columns;
import io.dlrm4j.effects.example.Example;
import io.dlrm4j.effects.example.Feature;
import io.dlrm4j.effects.example.FloatValues;
import io.dlrm4j.effects.example.Int64Values;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TfRecordTest {
    private static final int RECORDS = 50;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"a.tfrecord", "a.tfrecord.gz", "a.tfrecord.deflate"})
    void recordsAreReadBack(String name) throws IOException {
        Path file = write(name);

        List<Example> read = new ArrayList<>();
        try (TfRecordReader in = TfRecordReader.open(file)) {
            for (Example example = in.nextExample(); example != null; example = in.nextExample()) {
                read.add(example);
            }
            assertThat(in.record()).isEqualTo(RECORDS - 1);
        }
        assertThat(read).hasSize(RECORDS);
        for (int i = 0; i < RECORDS; i++) {
            assertThat(read.get(i)).isEqualTo(example(i));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.tfrecord", "a.tfrecord.gz", "a.tfrecord.deflate"})
    void sameMessagesGiveSameBytes(String name) throws IOException {
        assertThat(Files.readAllBytes(write(name))).isEqualTo(Files.readAllBytes(write("again-" + name)));
    }

    @Test
    void everyFlippedBitIsFoundInItsRecord() throws IOException {
        byte[] whole = Files.readAllBytes(write("a.tfrecord"));
        int record = whole.length / RECORDS; // all are equally long
        Path flipped = folder.resolve("flipped.tfrecord");
        for (int at = 0; at < 3 * record; at++) {
            byte[] bytes = whole.clone();
            bytes[at] ^= (byte) (1 << (at % 8));
            Files.write(flipped, bytes);
            assertThatThrownBy(() -> readAll(flipped))
                    .isInstanceOf(DataException.class)
                    .hasMessageStartingWith(
                            "%s: record %d at byte %d: checksum", flipped, at / record, at / record * record);
        }
    }

    @Test
    void cutFileNamesTheRecordThatIsNotWhole() throws IOException {
        byte[] whole = Files.readAllBytes(write("a.tfrecord"));
        int record = whole.length / RECORDS;
        Path cut = folder.resolve("cut.tfrecord");
        for (int length = 0; length < 2 * record; length++) {
            Files.write(cut, Arrays.copyOf(whole, length));
            if (length % record == 0) {
                assertThat(readAll(cut)).isEqualTo(length / record);
            } else {
                assertThatThrownBy(() -> readAll(cut))
                        .isInstanceOf(DataException.class)
                        .hasMessageStartingWith("%s: record %d at byte", cut, length / record)
                        .hasMessageContaining("cut short");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.tfrecord.gz", "a.tfrecord.deflate"})
    void damagedCompressionIsFound(String name) throws IOException {
        byte[] whole = Files.readAllBytes(write(name));
        Path damaged = folder.resolve("damaged-" + name);
        Files.write(damaged, Arrays.copyOf(whole, whole.length / 2));
        assertThatThrownBy(() -> readAll(damaged))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(" when decompressed: ")
                .hasMessageContaining("damaged or cut short");
        for (int at = 0; at < whole.length; at += 7) {
            byte[] bytes = whole.clone();
            bytes[at] ^= 0x10;
            Files.write(damaged, bytes);
            try {
                assertThat(readAll(damaged)).isEqualTo(RECORDS); // a flag of the header that changes nothing
            } catch (DataException e) {
                assertThat(e).hasMessageStartingWith(damaged.toString());
            }
        }
    }

    @Test
    void plainFileUnderACompressedNameIsRefused() throws IOException {
        Path plain = write("a.tfrecord");
        Path named = Files.copy(plain, folder.resolve("b.gz"));
        assertThatThrownBy(() -> readAll(named))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("%s: not compressed as its name says (GZIP)", named);
    }

    @Test
    void columnsSayWhatTheyHoldInstead() {
        Feature texts = example(1).getColumns().getColumnOrThrow("name");
        Feature floats = example(1).getColumns().getColumnOrThrow("weight");
        assertThat(ExampleColumns.text(texts, "name", 0)).isEqualTo("é1");
        assertThatThrownBy(() -> ExampleColumns.number(texts, "name", 0))
                .hasMessage("column name: holds bytes_list, want float_list or int64_list");
        assertThatThrownBy(() -> ExampleColumns.whole(floats, "weight", 0))
                .hasMessage("column weight: holds float_list, want int64_list");
        assertThatThrownBy(() -> ExampleColumns.number(floats, "weight", 1))
                .hasMessage("column weight: 1 values, want at least 2");
        assertThatThrownBy(() -> ExampleColumns.number(null, "offset", 0)).hasMessage("column offset: not there");
    }

    private Path write(String name) throws IOException {
        try (TfRecordWriter out = TfRecordWriter.open(folder.resolve(name))) {
            for (int i = 0; i < RECORDS; i++) {
                out.write(example(i));
            }
            return out.finish();
        }
    }

    private static int readAll(Path file) throws IOException {
        int count = 0;
        try (TfRecordReader in = TfRecordReader.open(file)) {
            while (in.nextExample() != null) {
                count++;
            }
        }
        return count;
    }

    private static Example example(int i) {
        return Example.newBuilder()
                .setColumns(Columns.newBuilder()
                        .putColumn(
                                "uid",
                                Feature.newBuilder()
                                        .setInt64Values(Int64Values.newBuilder().addValue(1_000_000 + i))
                                        .build())
                        .putColumn(
                                "weight",
                                Feature.newBuilder()
                                        .setFloatValues(FloatValues.newBuilder().addValue(i + 0.5f))
                                        .build())
                        .putColumn(
                                "name",
                                Feature.newBuilder()
                                        .setBytesValues(BytesValues.newBuilder()
                                                .addValue(ByteString.copyFromUtf8("é" + i % 10)))
                                        .build()))
                .build();
    }
}
