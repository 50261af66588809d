package io.dlrm4j.launch;

import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.launch.screen.ResultTable;
import io.dlrm4j.trainer.checkpoint.CheckpointDiff;
import io.dlrm4j.trainer.checkpoint.CheckpointException;
import io.dlrm4j.trainer.checkpoint.CheckpointFolder;
import io.dlrm4j.trainer.checkpoint.ModelExport;
import io.dlrm4j.trainer.checkpoint.Resharding;
import io.dlrm4j.trainer.checkpoint.StoredModel;
import io.dlrm4j.trainer.manifest.CheckpointManifest;
import io.dlrm4j.trainer.manifest.Position;
import io.dlrm4j.trainer.manifest.ShardFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `dlrm checkpoint`: what is in checkpoints, whether they are whole, what tells two apart, and other forms of them.
@Command(name = "checkpoint", description = "Lists, inspects, verifies, compares, reshards and exports checkpoints.")
final class CheckpointCommand implements Callable<Integer> {
    private static final String ONE = "A checkpoint, or a folder of them, of which the newest whole one is taken.";

    private final Shell shell;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    CheckpointCommand(Shell shell) {
        this.shell = shell;
    }

    /// Without a subcommand: their list.
    @Override
    public Integer call() {
        spec.commandLine().usage(shell.out());
        return 0;
    }

    @Command(name = "list", description = "Lists the checkpoints of a folder, newest first.")
    int list(@Parameters(paramLabel = "DIR", description = "Folder of checkpoints.") Path folder) {
        for (Path checkpoint : newestFirst(folder)) {
            try (StoredModel model = StoredModel.open(checkpoint)) {
                CheckpointManifest manifest = model.manifest();
                shell.out()
                        .println("%s  %s, %d ranks, epoch %d, %s"
                                .formatted(
                                        checkpoint,
                                        kind(model),
                                        manifest.getRanks(),
                                        manifest.getPosition().getEpoch(),
                                        size(model.bytes())));
            } catch (CheckpointException e) {
                shell.out().println(checkpoint + "  damaged: " + e.getMessage());
            }
        }
        return 0;
    }

    @Command(name = "inspect", description = "Prints what a checkpoint holds.")
    int inspect(@Parameters(paramLabel = "CHECKPOINT", description = ONE) Path path) {
        try (StoredModel model = StoredModel.open(existing(path))) {
            CheckpointManifest manifest = model.manifest();
            Position position = manifest.getPosition();
            DlrmShape shape = model.shape();
            ResultTable table = new ResultTable()
                    .row("checkpoint", model.path().toString())
                    .row("kind", kind(model))
                    .row("format version", String.valueOf(manifest.getFormatVersion()))
                    .row("written by", "%s, engine %s".formatted(manifest.getWriter(), manifest.getEngine()))
                    .row("ranks", String.valueOf(manifest.getRanks()))
                    .row("step", String.valueOf(position.getStep()))
                    .row("epoch", String.valueOf(position.getEpoch()))
                    .row("next sample", "%d of %d".formatted(position.getSample(), position.getSamples()))
                    .row("bottom MLP", widths(shape.bottom()))
                    .row("top MLP", widths(shape.top()))
                    .row("embedding_dim", String.valueOf(shape.embeddingDim()))
                    .row(
                            "tables",
                            "%d with %d rows"
                                    .formatted(
                                            shape.tables().size(),
                                            shape.tables().stream()
                                                    .mapToLong(Long::longValue)
                                                    .sum()))
                    .row(
                            "update rules",
                            "tables %s, MLPs %s"
                                    .formatted(
                                            manifest.getShape().getTableRule(),
                                            manifest.getShape().getMlpRule()));
            for (ShardFile file : manifest.getFilesList()) {
                table.row(
                        "file " + file.getName(),
                        "%d bytes in %d blocks".formatted(file.getBytes(), file.getBlockCrc32CCount()));
            }
            shell.out().print(table.print());
            shell.out().println();
            shell.out().print(model.configText());
        }
        return 0;
    }

    @Command(
            name = "verify",
            description = "Reads every file of one checkpoint, or of all of a folder; exit code 1 if one is damaged.")
    int verify(@Parameters(paramLabel = "DIR", description = "A checkpoint, or a folder of checkpoints.") Path folder) {
        int damaged = 0;
        boolean isOne = Files.exists(folder.resolve("manifest.pb"));
        for (Path checkpoint : isOne ? List.of(folder) : newestFirst(folder)) {
            try {
                CheckpointFolder.verify(checkpoint);
                shell.out().println(checkpoint + "  whole");
            } catch (CheckpointException e) {
                damaged++;
                shell.out().println(checkpoint + "  damaged: " + e.getMessage());
            }
        }
        return damaged == 0 ? 0 : 1;
    }

    @Command(
            name = "diff",
            description = "Compares two checkpoints, however their files are laid out; exit code 1 if weights or state"
                    + " differ in any bit.")
    int diff(
            @Parameters(index = "0", paramLabel = "FIRST", description = ONE) Path one,
            @Parameters(index = "1", paramLabel = "SECOND", description = ONE) Path other) {
        try (StoredModel first = StoredModel.open(existing(one));
                StoredModel second = StoredModel.open(existing(other))) {
            CheckpointDiff difference = CheckpointDiff.of(first, second);
            difference.settings().forEach(shell.out()::println);
            for (CheckpointDiff.Tensor tensor : difference.tensors()) {
                if (tensor.differing() > 0) {
                    shell.out()
                            .println(String.format(
                                    Locale.ROOT,
                                    "%s: %d of %d floats differ, by %.3g at most",
                                    tensor.name(),
                                    tensor.differing(),
                                    tensor.count(),
                                    tensor.most()));
                }
            }
            shell.out()
                    .println(
                            difference.isSameModel()
                                    ? "same weights and state, bit for bit"
                                    : "not the same weights and state");
            return difference.isSameModel() ? 0 : 1;
        } catch (IOException e) {
            throw failed("the comparison", e);
        }
    }

    @Command(
            name = "reshard",
            description = "Writes a checkpoint anew, laid out for another number of ranks; full, bit for bit the same."
                    + " Any number of ranks reads any checkpoint without this.")
    int reshard(
            @Parameters(paramLabel = "CHECKPOINT", description = ONE) Path path,
            @Option(names = "--ranks", required = true, paramLabel = "N", description = "Number of ranks.") int ranks,
            @Option(names = "--output", required = true, paramLabel = "DIR", description = "Folder of checkpoints.")
                    Path output) {
        if (ranks < 1) {
            throw new UsageException("--ranks=" + ranks + ", want 1 or more");
        }
        Preflight.writable("--output", output.toString());
        try (StoredModel model = StoredModel.open(existing(path))) {
            shell.out().println(Resharding.run(model, output, ranks));
            return 0;
        } catch (IOException e) {
            throw failed(output.toString(), e);
        }
    }

    /// Forms of an exported model; their names are words of the command line.
    enum Form {
        safetensors,
        dl4j
    }

    @Command(
            name = "export",
            description = "Writes a checkpoint's weights for other programs: one safetensors file of all of them, or"
                    + " the MLPs as DL4J networks, bottom.zip and top.zip, in a folder.")
    int export(
            @Parameters(paramLabel = "CHECKPOINT", description = ONE) Path path,
            @Option(names = "--format", required = true, paramLabel = "NAME", description = "safetensors or dl4j.")
                    Form form,
            @Option(names = "--output", required = true, paramLabel = "PATH", description = "A new file or folder.")
                    Path output) {
        Preflight.absent("--output", output);
        try (StoredModel model = StoredModel.open(existing(path))) {
            switch (form) {
                case safetensors -> shell.out().println(output + "  " + size(ModelExport.safetensors(model, output)));
                case dl4j -> {
                    ModelExport.dl4j(model, output);
                    shell.out().println(output + "  bottom.zip, top.zip");
                }
            }
            return 0;
        } catch (IOException e) {
            throw failed(output.toString(), e);
        }
    }

    private static FailedException failed(String what, IOException e) {
        return new FailedException(what + ": cannot be written or read: " + e.getMessage(), 1);
    }

    private static String kind(StoredModel model) {
        Path base = model.base();
        return base == null ? "full" : "rows touched since " + base.getFileName();
    }

    private static String widths(List<Integer> widths) {
        return widths.stream().map(String::valueOf).collect(Collectors.joining("-"));
    }

    private static String size(long bytes) {
        return bytes < 1_000_000
                ? String.format(Locale.ROOT, "%.1f kB", bytes / 1e3)
                : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }

    private static Path existing(Path path) {
        if (!Files.isDirectory(path)) {
            throw new UsageException(path + " is no folder, want a checkpoint or a folder of them");
        }
        return path;
    }

    private static List<Path> newestFirst(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new UsageException(folder + " is no folder, want one of checkpoints");
        }
        return new CheckpointFolder(folder).newestFirst();
    }
}
