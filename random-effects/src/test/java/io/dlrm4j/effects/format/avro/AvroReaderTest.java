package io.dlrm4j.effects.format.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.format.MixedEffectsData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AvroReaderTest {
    private static final int RECORDS = 400;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"null", "deflate"})
    void readsWhatAvroWrites(String codec) throws IOException {
        Path file = writeWithAvro(codec);

        List<GenericRecord> records = readAll(file);
        assertThat(records).hasSize(RECORDS);
        for (int i = 0; i < RECORDS; i++) {
            assertThat(records.get(i)).isEqualTo(model(i).toAvro());
        }
    }

    @Test
    void avroReadsWhatWeWriteAndTheSameRecordsGiveTheSameBytes() throws IOException {
        Path file = write("ours.avro");

        try (DataFileReader<GenericRecord> in = new DataFileReader<>(file.toFile(), new GenericDatumReader<>())) {
            assertThat(in.getSchema()).isEqualTo(AvroSchemas.BAYESIAN_LINEAR_MODEL);
            for (int i = 0; i < RECORDS; i++) {
                assertThat(ModelRecord.fromAvro(in.next())).isEqualTo(model(i));
            }
            assertThat(in.hasNext()).isFalse();
        }
        assertThat(Files.readAllBytes(write("again.avro"))).isEqualTo(Files.readAllBytes(file));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "photon-ml/heart.avro",
                "photon-ml/poisson_test.avro",
                "photon-ml/different-column-names/diff-col-names.avro",
                "photon-ml/game-model/fixed-effect/globalShard/coefficients/part-00000.avro",
                "gdmix/validate/data.avro",
                "gdmix/member_ids.avro",
                "gdmix-data/data/TrainData.avro"
            })
    void readsRealFilesAsAvroDoes(String name) throws IOException {
        Path file = MixedEffectsData.path(name);

        List<GenericRecord> expected = new ArrayList<>();
        try (DataFileReader<GenericRecord> in = new DataFileReader<>(file.toFile(), new GenericDatumReader<>())) {
            in.forEach(expected::add);
        }
        assertThat(expected).isNotEmpty();
        assertThat(readAll(file)).isEqualTo(expected);
    }

    @Test
    void readsSnappyFiles() throws IOException {
        List<GenericRecord> records = readAll(MixedEffectsData.path("gdmix-data/data/ExpectedPerItemTrainData.avro"));
        assertThat(records)
                .hasSize(6)
                .allSatisfy(record -> assertThat(record.get("perItem")).isNotNull());
    }

    @Test
    void cutFilesAreNamed() throws IOException {
        byte[] whole = Files.readAllBytes(writeWithAvro("deflate"));
        Path cut = folder.resolve("cut.avro");
        int found = 0;
        for (int length = 0; length < whole.length; length += 13) {
            Files.write(cut, Arrays.copyOf(whole, length));
            try {
                readAll(cut);
            } catch (DataException e) {
                assertThat(e).hasMessageStartingWith(cut + ": ");
                found++;
            }
        }
        assertThat(found).isGreaterThanOrEqualTo((whole.length + 12) / 13 - 3); // at most those cut behind a block
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "deflate"})
    void flippedBitsAreFoundOrChangeNumbersAloneButNeverLeadAstray(String codec) throws IOException {
        byte[] whole = Files.readAllBytes(writeWithAvro(codec));
        Path flipped = folder.resolve("flipped.avro");
        Random random = new Random(11);
        int found = 0;
        for (int round = 0; round < 400; round++) {
            byte[] bytes = whole.clone();
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(flipped, bytes);
            try {
                readAll(flipped);
            } catch (DataException e) {
                assertThat(e).hasMessageStartingWith(flipped + ": ");
                found++;
            }
        }
        assertThat(found).isGreaterThan(codec.equals("null") ? 50 : 200);
    }

    @Test
    void flippedBitsOfSnappyBlocksAreAllFound() throws IOException {
        Path file = MixedEffectsData.path("gdmix-data/data/ExpectedPerMemberTrainData.avro");
        byte[] whole = Files.readAllBytes(file);
        List<GenericRecord> records = readAll(file);
        Path flipped = folder.resolve("flipped.avro");
        int header = headerLength(whole);
        for (int at = header; at < whole.length; at++) {
            byte[] bytes = whole.clone();
            bytes[at] ^= (byte) (1 << (at % 8));
            Files.write(flipped, bytes);
            assertThatThrownBy(() -> assertThat(readAll(flipped)).isNotEqualTo(records))
                    .as("byte %d", at)
                    .isInstanceOf(DataException.class)
                    .hasMessageStartingWith("%s: ", flipped);
        }
    }

    @Test
    void unknownCodecAndOtherFilesAreRefused() throws IOException {
        Path file = folder.resolve("b.avro");
        byte[] bytes = Files.readAllBytes(writeWithAvro("deflate"));
        String text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).replace("deflate", "bzippte");
        Files.write(file, text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> readAll(file))
                .hasMessage(
                        "%s: avro.codec=bzippte, want null, deflate or snappy; write the file anew with one of them",
                        file);
        Files.writeString(file, "uid,logit\n1,2\n");
        assertThatThrownBy(() -> readAll(file))
                .hasMessage("%s: does not begin with \"Obj\" 1, want an Avro object container file", file);
    }

    @Test
    void aCountThatTheBytesCannotHoldTakesNoMemory() {
        BlockDecoder decoder = new BlockDecoder();
        decoder.begin(new byte[] {(byte) 0xFE, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x0F, 1, 2, 3}); // 2^31 - 1
        assertThatThrownBy(decoder::readArrayStart).hasMessage("items of 2147483647 bytes, 3 are left in the block");
        decoder.begin(new byte[] {(byte) 0xFE, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x0F, 1, 2, 3});
        assertThatThrownBy(() -> decoder.readString(null)).hasMessageStartingWith("a string of 2147483647 bytes");
    }

    private static int headerLength(byte[] file) {
        byte[] sync = Arrays.copyOfRange(file, file.length - 16, file.length);
        for (int at = 0; at < file.length - 16; at++) {
            if (Arrays.equals(sync, Arrays.copyOfRange(file, at, at + 16))) {
                return at + 16;
            }
        }
        throw new AssertionError("no sync marker");
    }

    private Path writeWithAvro(String codec) throws IOException {
        Path file = folder.resolve("a.avro");
        Schema schema = AvroSchemas.BAYESIAN_LINEAR_MODEL;
        try (DataFileWriter<GenericRecord> out = new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
            out.setCodec(codec.equals("null") ? CodecFactory.nullCodec() : CodecFactory.deflateCodec(6));
            out.setSyncInterval(4_096);
            out.create(schema, file.toFile());
            for (int i = 0; i < RECORDS; i++) {
                out.append(model(i).toAvro());
            }
        }
        return file;
    }

    private Path write(String name) throws IOException {
        try (AvroWriter out = AvroWriter.open(folder.resolve(name), AvroSchemas.BAYESIAN_LINEAR_MODEL)) {
            for (int i = 0; i < RECORDS; i++) {
                out.write(model(i).toAvro());
            }
            return out.finish();
        }
    }

    private static ModelRecord model(int i) {
        List<ModelRecord.Coefficient> coefficients = new ArrayList<>();
        coefficients.add(new ModelRecord.Coefficient("(INTERCEPT)", "", i / 3.0, 0.25));
        for (int j = 0; j < i % 5; j++) {
            coefficients.add(new ModelRecord.Coefficient("f" + j, "t", j - i / 7.0, 1.0 / (1 + j)));
        }
        return new ModelRecord("user " + i, ModelRecord.LOGISTIC, coefficients, "");
    }

    private static List<GenericRecord> readAll(Path file) throws IOException {
        List<GenericRecord> records = new ArrayList<>();
        try (AvroReader in = AvroReader.open(file)) {
            for (GenericRecord record = in.next(); record != null; record = in.next()) {
                records.add(GenericData.get().deepCopy(in.schema(), record));
            }
        }
        return records;
    }
}
