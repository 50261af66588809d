package io.dlrm4j.criteo.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Lines with bytes changed at random, against a plain reading of the rules.
class RowParserTest {
    private static final int ROUNDS = 3_000;
    private static final Pattern LABEL = Pattern.compile("[01]");
    private static final Pattern COUNT = Pattern.compile("|-?[0-9]{1,15}");
    private static final Pattern WORD = Pattern.compile("[0-9a-fA-F]{0,8}");

    static String line(SplittableRandom random) {
        StringBuilder line = new StringBuilder(random.nextBoolean() ? "1" : "0");
        for (int f = 0; f < 13; f++) {
            line.append('\t').append(random.nextInt(3) == 0 ? "" : String.valueOf(random.nextInt(-2, 3_000)));
        }
        for (int t = 0; t < 26; t++) {
            line.append('\t').append(random.nextInt(5) == 0 ? "" : Integer.toHexString(random.nextInt()));
        }
        return line.toString();
    }

    /// @return label, 13 counts, 26 values; empty when the line cannot be used
    static long[] expected(String line) {
        String[] fields = line.split("\t", -1);
        if (fields.length != 40 || !LABEL.matcher(fields[0]).matches()) {
            return new long[0];
        }
        long[] numbers = new long[40];
        numbers[0] = Long.parseLong(fields[0]);
        for (int i = 1; i < 40; i++) {
            boolean count = i < 14;
            if (!(count ? COUNT : WORD).matcher(fields[i]).matches()) {
                return new long[0];
            }
            long value = fields[i].isEmpty() ? 0 : Long.parseLong(fields[i], count ? 10 : 16);
            if (count && value != (int) value) {
                return new long[0];
            }
            numbers[i] = count ? Math.max(0, value) : value;
        }
        return numbers;
    }

    private static RowBlock parse(String text, long maxIndRange) {
        RowBlock block = new RowBlock();
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, block.text, 0, bytes.length);
        block.textEnd = bytes.length;
        new RowParser(maxIndRange).parse(block);
        return block;
    }

    static long[] row(RowBlock block, int row) {
        long[] numbers = new long[40];
        numbers[0] = block.labels()[row];
        for (int f = 0; f < 13; f++) {
            numbers[1 + f] = block.counts()[row * 13 + f];
            assertThat(block.dense()[row * 13 + f]).isEqualTo((float) Math.log(block.counts()[row * 13 + f] + 1f));
        }
        for (int t = 0; t < 26; t++) {
            numbers[14 + t] = Integer.toUnsignedLong(block.keys()[t * block.room() + row]);
        }
        return numbers;
    }

    @Test
    void everyLineIsReadByTheRulesOrNamedBad() {
        long seed = Long.getLong("dlrm.seed", 77);
        SplittableRandom random = new SplittableRandom(seed);
        byte[] alphabet = "0123456789abcdefF\t\t\t\n-\0xé ".getBytes(StandardCharsets.ISO_8859_1);
        int usable = 0;
        for (int round = 0; round < ROUNDS; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 4; i++) {
                text.append(line(random)).append('\n');
            }
            for (int i = 0; i < round % 7; i++) {
                byte changed = alphabet[random.nextInt(alphabet.length)];
                text.setCharAt(random.nextInt(text.length() - 1), (char) (changed & 0xFF));
            }
            List<long[]> want = new ArrayList<>();
            List<Integer> bad = new ArrayList<>();
            String[] lines = text.substring(0, text.length() - 1).split("\n", -1);
            for (int i = 0; i < lines.length; i++) {
                long[] numbers = expected(lines[i]);
                if (numbers.length == 0) {
                    bad.add(i);
                } else {
                    want.add(numbers);
                }
            }
            RowBlock block = parse(text.toString(), 0);
            assertThat(block.bad().stream().map(RowBlock.Bad::line).toList())
                    .as("seed %d round %d", seed, round)
                    .isEqualTo(bad);
            assertThat(block.lines()).isEqualTo(lines.length);
            for (int row = 0; row < want.size(); row++) {
                assertThat(row(block, row)).as("seed %d round %d", seed, round).isEqualTo(want.get(row));
            }
            usable += block.rows();
        }
        assertThat(usable).isBetween(ROUNDS, 4 * ROUNDS - 1);
    }

    @Test
    void aRangeIsTakenOfTheUnsignedValue() {
        String line = "1" + "\t".repeat(14) + "ffffffff" + "\t".repeat(25);
        assertThat(Integer.toUnsignedLong(parse(line, 0).keys()[0])).isEqualTo(4_294_967_295L);
        assertThat(parse(line, 50).keys()[0]).isEqualTo((int) (4_294_967_295L % 50));
        assertThat(Arrays.copyOfRange(parse(line, 50).keysByRow(), 1, 26)).containsOnly(0);
    }

    @Test
    void linesAreNumberedAroundBadOnes() {
        String good = "0" + "\t".repeat(39);
        RowBlock block = parse(good + "\nbad\r\n\n" + good + "\r\n", 0);
        assertThat(block.line(0)).isEqualTo(0);
        assertThat(block.line(1)).isEqualTo(3);
        assertThat(block.bad().getFirst())
                .isEqualTo(new RowBlock.Bad(1, BadLine.FIELD_COUNT, 0, good.length() + 1, good.length() + 4));
    }
}
