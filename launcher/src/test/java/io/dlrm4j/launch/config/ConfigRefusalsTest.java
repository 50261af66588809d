package io.dlrm4j.launch.config;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigRefusalsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "train: {batchsize: 3}|unknown key train.batchsize at x.yaml:1:9; did you mean data.batch_size?",
                "modle: {}|unknown key modle at x.yaml:1:1",
                "model: {lss: bce}|unknown key model.lss at x.yaml:1:9; did you mean model.loss?",
                "data: {batch_size: 1, batch_size: 2}" + "|key data.batch_size twice: at x.yaml:1:8 and at x.yaml:1:23",
                "data: {batch_size: abc}" + "|data.batch_size=abc at x.yaml:1:20, want a whole number up to 2147483647",
                "data: {batch_size: 1.5}" + "|data.batch_size=1.5 at x.yaml:1:20, want a whole number up to 2147483647",
                "data: {batch_size: \"12\"}"
                        + "|data.batch_size=\"12\" at x.yaml:1:20, want a whole number up to 2147483647",
                "data: {batch_size: 2147483648}"
                        + "|data.batch_size=2147483648 at x.yaml:1:20, want a whole number up to 2147483647",
                "data: {shuffle_seed: -1}"
                        + "|data.shuffle_seed=-1 at x.yaml:1:22, want a whole number from 0 to 4294967295",
                "model: {seed: -1}|model.seed=-1 at x.yaml:1:15, want a whole number from 0 to 18446744073709551615",
                "data: {batch_size: [1, 2]}"
                        + "|data.batch_size at x.yaml:1:20 has a list, want a whole number up to 2147483647",
                "data: {batch_size:}|data.batch_size has no value at x.yaml:1:19, want a whole number up to 2147483647",
                "data: {drop_last: yes}|data.drop_last=yes at x.yaml:1:19, want true or false",
                "data: 7|data at x.yaml:1:7 is a single value, want keys below it",
                "optimizer: {tables: rowise_adagrad}|optimizer.tables=rowise_adagrad at x.yaml:1:21, "
                        + "want sgd, adagrad or row_wise_adagrad",
                "optimizer: {tables: SGD}|optimizer.tables=SGD at x.yaml:1:21, want sgd, adagrad or row_wise_adagrad",
                "optimizer: {learning_rate: .nan}|optimizer.learning_rate=.nan at x.yaml:1:28, want a number",
                "optimizer: {learning_rate: 1e999}|optimizer.learning_rate=1e999 at x.yaml:1:28, want a number",
                "model: {bottom: 13-x-16}"
                        + "|model.bottom=13-x-16 at x.yaml:1:17, want whole numbers as 512-256-1 or [512, 256, 1]",
                "model: {bottom: [13, [4], 16]}"
                        + "|model.bottom at x.yaml:1:22 has a list, want whole numbers as 512-256-1 or [512, 256, 1]",
                "- 1|no keys at x.yaml:1:1, want sections as model: and data:",
            })
    void yamlIsRefusedWithItsPlace(String yaml, String message) {
        assertThatThrownBy(() -> new ConfigBuilder().yaml(yaml, "x.yaml").build())
                .isInstanceOf(ConfigException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model.embedding_dim|0|model.embedding_dim=0 in --set, want 1 or more",
                "model.bottom|13-64-8|model.bottom=[13, 64, 8] in --set, "
                        + "want an input width first and model.embedding_dim=16 last",
                "model.bottom|13-0-16|model.bottom=[13, 0, 16] in --set, want widths of 1 or more",
                "model.top|512-2|model.top=[512, 2] in --set, want 1 as the last width",
                "model.tables|[4, -1]|model.tables=[4, -1] in --set, want 1 or more rows in each table",
                "optimizer.mlps|row_wise_adagrad|optimizer.mlps=row_wise_adagrad in --set, "
                        + "want sgd or adagrad: one accumulator a row is for tables only",
                "optimizer.learning_rate|0|optimizer.learning_rate=0.0 in --set, want more than 0",
                "optimizer.eps|-1|optimizer.eps=-1.0 in --set, want more than 0",
                "optimizer.warmup_steps|-1|optimizer.warmup_steps=-1 in --set, want 0 or more",
                "data.batch_size|-5|data.batch_size=-5 in --set, want 1 or more",
                "train.epochs|0|train.epochs=0 in --set, want 1 or more",
                "train.evaluate_on|tests|train.evaluate_on=tests in --set, want test, validation, last_day, all or none",
                "train.engine|gpu|train.engine=gpu in --set, want cpu, nd4j or cuda",
                "checkpoint.keep|1|checkpoint.keep=1 in --set, want 2 or more: when the newest is damaged, the one before it"
                        + " is needed",
                "checkpoint.max_failures|0|checkpoint.max_failures=0 in --set, want 1 or more",
                "checkpoint.resume|true|checkpoint.resume=true in --set, "
                        + "want checkpoint.path set to the folder to continue from",
                "checkpoint.every|10|checkpoint.every=10 in --set, "
                        + "want checkpoint.path set to the folder to write to",
                "comm.term_length|100000|comm.term_length=100000 in --set, want a power of two from 65536 to 1073741824",
            })
    void valuesOutOfRangeAreRefused(String key, String value, String message) {
        assertThatThrownBy(() -> new ConfigBuilder().set(key, value, "--set").build())
                .isInstanceOf(ConfigException.class)
                .hasMessage(message);
    }

    @Test
    void decayMayNotStartWithinTheWarmUp() {
        assertThatThrownBy(() -> new ConfigBuilder()
                        .yaml("optimizer: {warmup_steps: 10, decay_start_step: 5, decay_steps: 3}", "x.yaml")
                        .build())
                .hasMessage("optimizer.decay_start_step=5 at x.yaml:1:49, want optimizer.warmup_steps=10 or more: "
                        + "the decay starts after the warm-up");
    }

    @Test
    void unknownOptionKeyNamesTheNearest() {
        assertThatThrownBy(() -> new ConfigBuilder().set("data.batchsize", "12", "--set data.batchsize=12"))
                .hasMessage("unknown key data.batchsize in --set data.batchsize=12; did you mean data.batch_size?");
    }

    @Test
    void brokenYamlNamesThePlace() {
        assertThatThrownBy(() -> new ConfigBuilder().yaml("model:\n  bottom: [13\ndata: {}\n", "x.yaml"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("no YAML at x.yaml:3:")
                .hasMessageNotContaining("\n");
        assertThatThrownBy(() -> new ConfigBuilder().yaml("model:\n\tbottom: 13\n", "x.yaml"))
                .hasMessageStartingWith("no YAML at x.yaml:2:1: ");
        assertThatThrownBy(() -> new ConfigBuilder().yaml("a: 1\n---\nb: 2\n", "x.yaml"))
                .hasMessageStartingWith("no YAML at x.yaml:2:1: ");
    }

    @Test
    void unusableFilesAreRefused(@TempDir Path folder) throws IOException {
        Path missing = folder.resolve("missing.yaml");
        Path binary = Files.write(folder.resolve("binary.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});

        assertThatThrownBy(() -> new ConfigBuilder().file(missing))
                .hasMessage("configuration " + missing + " does not exist");
        assertThatThrownBy(() -> new ConfigBuilder().file(folder))
                .hasMessage("configuration " + folder + " is a folder, want a YAML file");
        assertThatThrownBy(() -> new ConfigBuilder().file(binary))
                .hasMessage("configuration " + binary + " is not UTF-8 text, want a YAML file");
    }
}
