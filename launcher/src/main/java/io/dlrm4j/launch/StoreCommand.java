package io.dlrm4j.launch;

import io.dlrm4j.effects.store.ModelStore;
import io.dlrm4j.launch.screen.ResultTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `dlrm random-effects store`: what a store of online learning holds, and its versions.
@Command(name = "store", description = "Lists the versions of a store of models, goes back, compacts.")
final class StoreCommand implements Callable<Integer> {
    private static final String FOLDER = "The store.";
    private static final int SHOWN_COMMITS = 20;

    private final Shell shell;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    StoreCommand(Shell shell) {
        this.shell = shell;
    }

    /// Without a subcommand: their list.
    @Override
    public Integer call() {
        spec.commandLine().usage(shell.out());
        return 0;
    }

    @Command(name = "list", description = "Prints models by coordinate, feeds, and the newest versions.")
    int list(@Parameters(paramLabel = "DIR", description = FOLDER) Path folder) throws IOException {
        try (ModelStore store = open(folder)) {
            Map<String, Integer> models = new TreeMap<>();
            store.forEach(model -> models.merge(model.idType(), 1, Integer::sum));
            ResultTable table = new ResultTable()
                    .row("version", String.valueOf(store.version()))
                    .row("oldest version", String.valueOf(store.oldest()))
                    .row("bytes", String.valueOf(store.bytes()));
            models.forEach((idType, count) -> table.row(
                    idType,
                    "%d models, %d features"
                            .formatted(count, store.features(idType).size())));
            for (String feed : store.feeds()) {
                table.row("feed " + feed, store.position(feed));
            }
            shell.out().print(table.print());
            Deque<ModelStore.Commit> newest = new ArrayDeque<>();
            store.forEachCommit(commit -> {
                newest.add(commit);
                if (newest.size() > SHOWN_COMMITS) {
                    newest.removeFirst();
                }
            });
            for (ModelStore.Commit commit : newest) {
                shell.out()
                        .println(
                                commit.rolledBackTo() < 0
                                        ? "version %d  %d models written".formatted(commit.version(), commit.models())
                                        : "version %d  back to version %d"
                                                .formatted(commit.version(), commit.rolledBackTo()));
            }
        }
        return 0;
    }

    @Command(
            name = "rollback",
            description = "Makes the models those of an earlier version; feeds go on from where they were then.")
    int rollback(
            @Parameters(paramLabel = "DIR", description = FOLDER) Path folder,
            @Option(names = "--version", required = true, paramLabel = "N", description = "The version to go back to.")
                    long version,
            @Option(
                            names = "--keep-positions",
                            description = "Feeds go on where they are: what came since is not learned from again.")
                    boolean keepPositions)
            throws IOException {
        try (ModelStore store = open(folder)) {
            long now = store.rollback(version, keepPositions);
            shell.out()
                    .print(new ResultTable()
                            .row("version", String.valueOf(now))
                            .row("models of version", String.valueOf(version))
                            .print());
        }
        return 0;
    }

    @Command(name = "compact", description = "Writes the store anew without what nobody can go back to.")
    int compact(
            @Parameters(paramLabel = "DIR", description = FOLDER) Path folder,
            @Option(
                            names = "--keep",
                            paramLabel = "N",
                            description = "The first version that can still be gone back to; the newest without.")
                    @Nullable
                    Long oldest)
            throws IOException {
        try (ModelStore store = open(folder)) {
            long before = store.bytes();
            store.compact(oldest == null ? store.version() : oldest);
            shell.out()
                    .print(new ResultTable()
                            .row("bytes before", String.valueOf(before))
                            .row("bytes", String.valueOf(store.bytes()))
                            .row("oldest version", String.valueOf(store.oldest()))
                            .print());
        }
        return 0;
    }

    private static ModelStore open(Path folder) throws IOException {
        if (!ModelStore.isStore(folder)) {
            throw new UsageException(folder + " is no store of models; dlrm random-effects update makes one");
        }
        return ModelStore.open(folder);
    }
}
