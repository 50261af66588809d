package io.dlrm4j.launch.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// A hundred thousand damaged configurations: each is taken, or refused with a sentence that names the file.
class YamlFuzzTest {
    private static final int INPUTS = 100_000;
    private static final String TOKENS = "\n\n  :-[]{}#&*!|>'\"%@`,?\t0a~\u0000\u00fc\ufeff";
    private static final String EFFECTS = """
            data: {training: t.parquet, scores: [s.parquet], uid: uid}
            coordinates:
              - name: per_user
                entity: user_id
                features: [genre, year]
                l2: 10
            evaluators: [AUC, "AUC:user_id"]
            passes: 1
            """;

    /// Sections of the full configuration, so that an input is small.
    private static final List<String> SECTIONS = List.of(ConfigBuilderTest.FULL_YAML.split("(?m)^(?=[a-z])")).stream()
            .filter(section -> !section.isBlank())
            .toList();

    private static void fuzz(List<String> seeds, int inputs, long seed, Consumer<String> read) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] outcomes = new int[2];
        for (int input = 0; input < inputs; input++) {
            String text = mutate(seeds.get(random.nextInt(seeds.size())), random);
            try {
                read.accept(text);
                outcomes[0]++;
            } catch (ConfigException e) {
                assertThat(e.getMessage()).as("input %d", input).isNotBlank();
                outcomes[1]++;
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError("input %d of seed %d: %s".formatted(input, seed, text), e);
            }
        }
        assertThat(outcomes[0]).as("read").isGreaterThan(inputs / 20);
        assertThat(outcomes[1]).as("refused").isGreaterThan(inputs / 4);
    }

    private static String mutate(String whole, SplittableRandom random) {
        StringBuilder text = new StringBuilder(whole);
        int times = random.nextInt(4);
        for (int i = 0; i < times && !text.isEmpty(); i++) {
            int at = random.nextInt(text.length());
            char token = TOKENS.charAt(random.nextInt(TOKENS.length()));
            switch (random.nextInt(5)) {
                case 0 -> text.setCharAt(at, token);
                case 1 -> text.insert(at, token);
                case 2 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(10)));
                case 3 -> text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(30))));
                default -> text.insert(at, String.valueOf(token).repeat(1 + random.nextInt(30)));
            }
        }
        return text.toString();
    }

    @Test
    void everyConfigurationIsReadOrRefused() {
        fuzz(
                SECTIONS,
                INPUTS,
                21,
                text -> new ConfigBuilder().yaml(text, "x.yaml").build());
    }

    @Test
    void everyDescriptionOfRandomEffectsIsReadOrRefused() {
        fuzz(List.of(EFFECTS), INPUTS / 5, 22, text -> {
            var _ = EffectsYaml.read(text, "x.yaml", null);
        });
    }

    @Test
    void deepNestingAndManyAliasesAreRefused() {
        for (String open : new String[] {"[", "{a: ", "- ", "? "}) {
            assertThatThrownBy(() -> new ConfigBuilder().yaml(open.repeat(100_000), "x.yaml"))
                    .as(open)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith("no ");
        }
        StringBuilder laughs = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 30; i++) {
            laughs.append(
                    "a%d: &a%d [%s]\n".formatted(i, i, "*a%d, ".formatted(i - 1).repeat(9)));
        }
        assertThatThrownBy(() -> new ConfigBuilder().yaml(laughs.toString(), "x.yaml"))
                .isInstanceOf(ConfigException.class);
    }
}
