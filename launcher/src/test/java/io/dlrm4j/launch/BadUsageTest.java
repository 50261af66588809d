package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Each mistake is one line on standard error, exit code 2, and nothing on disk.
class BadUsageTest {
    private static final String CONFIG =
            Path.of("..", "configs", "criteo-kaggle.yaml").toString();

    @TempDir
    Path folder;

    private static void assertRefused(CommandRun run, String line) {
        assertThat(run.err()).isEqualTo("dlrm: " + line + System.lineSeparator());
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
    }

    private Path prepared() throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(data.resolve("manifest.json"), "{}");
        return data;
    }

    private List<String> entries() throws IOException {
        try (Stream<Path> found = Files.walk(folder)) {
            return new ArrayList<>(found.map(each -> folder.relativize(each).toString())
                    .sorted()
                    .toList());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "train --btach-size 3|unknown option --btach-size; did you mean --batch-size?",
                "train --epoch=3|unknown option --epoch; did you mean --epochs?",
                "train --zzzzzz|unknown option --zzzzzz; dlrm train --help lists the options",
                "train --data|option --data has no value; dlrm train --help lists the options",
                "train extra|unexpected argument extra; dlrm train --help lists the options",
                "trian|unknown command trian; did you mean train?",
                "zzzzzz|unknown command zzzzzz; dlrm --help lists the commands",
                "help trian|unknown command trian; did you mean train?",
                "train --workers x|--workers=x, want a whole number",
                "train --workers 0|--workers=0, want 1 or more",
                "train --workers 1 --machines 2|--machines=2 without --master-port, want the same port on all",
                "train --max-restarts -1|--max-restarts=-1, want 0 or more",
                "train --workers 2 --min-workers 3|--min-workers=3, want 1 to --workers=2",
                "train --max-restarts 2|--max-restarts=2 without --checkpoint, want a folder of checkpoints to restart from",
                "train --grace 0 --checkpoint c|checkpoint.grace_seconds=0 in --grace, want 1 or more",
                "train --machine 1|--machine=1, want 0 to 0",
                "train --master-port 70000|--master-port=70000, want 1 to 65535",
                "train --batch-size -1|data.batch_size=-1 in --batch-size, want 1 or more",
                "train --batch-size ten|data.batch_size=ten in --batch-size, want a whole number up to 2147483647",
                "train --optimizer rowwise|optimizer.tables=rowwise in --optimizer, "
                        + "want sgd, adagrad or row_wise_adagrad",
                "train --wire-forward half|wire.forward=half in --wire-forward, want fp32, bf16, fp16 or int8",
                "train --wire-backward x|wire.backward=x in --wire-backward, want fp32, bf16, fp16 or int8",
                "train --wire-all-reduce x|wire.all_reduce=x in --wire-all-reduce, want fp32, bf16, fp16 or int8",
                "train --dct-gradients 0|dct.gradients=0.0 in --dct-gradients, want more than 0, up to 1, which is all",
                "train --dct --dct-activations 2|dct.activations=2.0 in --dct-activations, "
                        + "want more than 0, up to 1, which is all",
                "train --dct-refresh 0|dct.refresh_steps=0 in --dct-refresh, want 1 or more",
                "train --set x|--set x, want KEY=VALUE as model.loss=mse",
                "train --set train.batchsize=7|unknown key train.batchsize in --set train.batchsize=7; "
                        + "did you mean data.batch_size?",
                "train --config /nonexistent/x.yaml|configuration /nonexistent/x.yaml does not exist",
                "train --resume|checkpoint.resume=true in --resume, "
                        + "want checkpoint.path set to the folder to continue from",
                "train|no --data, want a folder written by dlrm prepare or dlrm generate",
                "train --data /nonexistent|data.path=/nonexistent does not exist, "
                        + "want a folder written by dlrm prepare or dlrm generate",
                "train --data /|data.path=/ has no manifest.json, "
                        + "want a folder written by dlrm prepare or dlrm generate",
                "evaluate --data /|no --checkpoint, want a checkpoint or a folder of them",
                "score --data /|option --output is missing; dlrm score --help lists the options",
                "score --data / --output scores.txt|--output: scores: file scores.txt, "
                        + "want a name that ends in .csv, .avro or .parquet",
                "prepare --output x|option --input is missing; dlrm prepare --help lists the options",
                "prepare --input /nonexistent --output x|--input=/nonexistent does not exist",
                "prepare --input / --output x|--input=/ is a folder, want a file",
                "prepare --input /dev/null --output /|--output=/ exists, want a new name",
                "prepare --input x --output y --format csv|format=csv, want npy or binary",
                "prepare --input x --output y --days 0|day split by PARTS: size=0, want 1 or more",
                "prepare --input x --output y --max-bad-rate 2|max-bad-rate=2.0, want 0 to 1",
                "prepare --input x --output y --memory-limit 0|memory-limit=0 bytes, want 1 or more",
                "generate --output x --rows 1|rows=1, want 14 to 13999999999 for 7 days",
                "generate --output x --rows ten|--rows=ten, want a whole number",
                "generate --output x --format csv|--format=csv, want npy or tsv",
                "generate --output /|--output=/ exists, want a new name",
                "quickstart --output /|--output=/ exists, want a new name",
                "quickstart --workers 0|--workers=0, want 1 or more",
                "quickstart --engine gpu --output x|train.engine=gpu in --engine, want cpu, nd4j or cuda",
                "checkpoint list /nonexistent|/nonexistent is no folder, want one of checkpoints",
            })
    void oneLineSaysWhatIsWrongAndWhatToDo(String command, String line) {
        assertRefused(CommandRun.of(command.split(" ")), line);
    }

    @Test
    void dataThatIsAFileIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");

        assertRefused(
                CommandRun.of("train", "--data", file.toString()),
                "data.path=" + file + " is a file, want a folder written by dlrm prepare or dlrm generate");
    }

    @Test
    void trainingWithoutWidthsIsRefused() throws IOException {
        assertRefused(
                CommandRun.of("train", "--data", prepared().toString()),
                "model.bottom has no widths, want --config configs/criteo-kaggle.yaml"
                        + " or --bottom 13-512-256-64-16 --top 512-256-1");
    }

    @Test
    void traceThatIsAFolderIsRefused() throws IOException {
        assertRefused(
                CommandRun.of(
                        "train", "--config", CONFIG, "--data", prepared().toString(), "--trace", folder.toString()),
                "train.trace=" + folder + " is a folder, want a file");
    }

    @Test
    void checkpointFolderBelowAFileIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        String path = file.resolve("checkpoints").toString();

        assertRefused(
                CommandRun.of("train", "--config", CONFIG, "--data", prepared().toString(), "--checkpoint", path),
                "checkpoint.path=" + path + ": " + file + " is a file, want a folder");
    }

    @Test
    void occupiedPortIsRefusedBeforeAnythingIsWritten() throws IOException {
        Path data = prepared();
        List<String> before = entries();
        try (ServerSocket taken = new ServerSocket(0)) {
            String port = String.valueOf(taken.getLocalPort());
            CommandRun run = CommandRun.of(
                    "train",
                    "--config",
                    CONFIG,
                    "--data",
                    data.toString(),
                    "--checkpoint",
                    folder.resolve("checkpoints").toString(),
                    "--output",
                    folder.resolve("output").toString(),
                    "--workers",
                    "2",
                    "--master-port",
                    port);

            assertThat(run.err())
                    .endsWith("dlrm: --master-port=" + port
                            + " at 127.0.0.1: Address already in use; want a free port of an address of this machine"
                            + System.lineSeparator());
            assertThat(run.exitCode()).isEqualTo(2);
        }
        assertThat(entries()).isEqualTo(before);
    }

    @Test
    void aTokenThatOthersCanReadIsRefusedBeforeAnythingStarts() throws IOException {
        Path data = prepared();
        Path token = Files.writeString(folder.resolve("job.token"), "ab".repeat(32));
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-r-----"));
        CommandRun run =
                CommandRun.of("train", "--config", CONFIG, "--data", data.toString(), "--token-file", token.toString());
        assertRefused(
                run,
                "--token-file: token file " + token
                        + ": mode rw-r-----, want rw------- and nothing for others: chmod 600 " + token);
    }

    @Test
    void existingScoresAreNotOverwritten() throws IOException {
        Path scores = Files.writeString(folder.resolve("scores.csv"), "mine");

        assertRefused(
                CommandRun.of("score", "--output", scores.toString()),
                "--output=" + scores + " exists, want a new name");
        assertThat(scores).hasContent("mine");
    }

    @Test
    void withoutACommandTheCommandsAreListed() {
        CommandRun run = CommandRun.of();

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .containsPattern("  train +Trains a model on prepared data\\.")
                .containsPattern("  doctor +Checks ")
                .doesNotContain("worker ");
    }

    @Test
    void everyCommandHasHelp() {
        for (String command : List.of(
                "quickstart",
                "prepare",
                "generate",
                "train",
                "evaluate",
                "score",
                "churn",
                "checkpoint",
                "plan",
                "doctor",
                "worker")) {
            CommandRun run = CommandRun.of(command, "--help");

            assertThat(run.exitCode()).as(command).isZero();
            assertThat(run.out()).as(command).contains("dlrm " + command);
        }
    }
}
