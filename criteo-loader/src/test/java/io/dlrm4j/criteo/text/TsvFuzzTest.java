package io.dlrm4j.criteo.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// A hundred thousand pieces of click logs with bytes flipped, cut, repeated and inserted: every line is read
/// by the rules, as a plain reading of them does, or is named bad; none is lost and none disturbs another.
class TsvFuzzTest {
    private static final int INPUTS = 100_000;
    private static final int LINES = 64;

    private final RowBlock block = new RowBlock();
    private final RowParser parser = new RowParser(0);

    @Test
    void everyLineIsReadByTheRulesOrNamedBad() {
        SplittableRandom random = new SplittableRandom(6);
        byte[][] lines = new byte[LINES][];
        for (int i = 0; i < LINES; i++) {
            lines[i] = RowParserTest.line(random).getBytes(StandardCharsets.ISO_8859_1);
        }
        int[] outcomes = new int[2];
        for (int input = 0; input < INPUTS; input++) {
            byte[] text = mutate(lines[random.nextInt(LINES)], lines[random.nextInt(LINES)], random);
            parse(text);
            compare(input, text, outcomes);
        }
        assertThat(outcomes[0]).as("rows").isGreaterThan(INPUTS / 4);
        assertThat(outcomes[1]).as("bad lines").isGreaterThan(INPUTS / 4);
    }

    private void parse(byte[] text) {
        block.clear();
        Arrays.fill(block.text, 0, text.length + Long.BYTES, (byte) 'f'); // what lies behind must not be read
        System.arraycopy(text, 0, block.text, 0, text.length);
        block.textEnd = text.length;
        parser.parse(block);
    }

    private void compare(int input, byte[] text, int[] outcomes) {
        String all = new String(text, StandardCharsets.ISO_8859_1);
        String[] lines = (all.endsWith("\n") ? all.substring(0, all.length() - 1) : all).split("\n", -1);
        int row = 0;
        int bad = 0;
        for (int i = 0; i < lines.length && text.length > 0; i++) {
            String line = lines[i].endsWith("\r") ? lines[i].substring(0, lines[i].length() - 1) : lines[i];
            long[] want = RowParserTest.expected(line);
            if (want.length == 0) {
                assertThat(block.bad().get(bad).line()).as("input %d", input).isEqualTo(i);
                bad++;
            } else {
                assertThat(RowParserTest.row(block, row)).as("input %d", input).isEqualTo(want);
                row++;
            }
        }
        assertThat(block.rows()).as("rows of input %d", input).isEqualTo(row);
        assertThat(block.bad()).as("bad lines of input %d", input).hasSize(bad);
        outcomes[0] += row;
        outcomes[1] += bad;
    }

    /// One line, or a piece of it and another, changed up to three times.
    private static byte[] mutate(byte[] line, byte[] other, SplittableRandom random) {
        byte[] bytes = line;
        if (random.nextInt(3) == 0) {
            int cut = random.nextInt(line.length);
            bytes = Arrays.copyOf(line, cut + 1 + other.length);
            bytes[cut] = (byte) (random.nextBoolean() ? '\n' : '\t');
            System.arraycopy(other, 0, bytes, cut + 1, other.length);
        }
        bytes = bytes.clone();
        int times = random.nextInt(4);
        for (int i = 0; i < times && bytes.length > 0; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes[at] = (byte) "\t\n\r-f0\0 ".charAt(random.nextInt(8));
                case 3 -> bytes = Arrays.copyOf(bytes, at);
                case 4 -> System.arraycopy(bytes, 0, bytes, at, Math.min(random.nextInt(40), bytes.length - at));
                default -> {
                    byte[] longer = Arrays.copyOf(bytes, bytes.length + 12);
                    System.arraycopy(bytes, at, longer, at + 12, bytes.length - at);
                    Arrays.fill(longer, at, at + 12, (byte) (random.nextBoolean() ? '9' : 'F'));
                    bytes = longer;
                }
            }
        }
        return bytes;
    }
}
