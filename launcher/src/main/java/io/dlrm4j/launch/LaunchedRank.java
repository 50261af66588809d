package io.dlrm4j.launch;

import io.dlrm4j.core.config.JobConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A rank that this machine's launcher starts: `rank CONFIG TASK [--scores FILE [--hidden]]`, where CONFIG is the
/// serialized configuration.
///
/// Nobody types these words, so they are read without the command line's library: a rank must be ready soon.
final class LaunchedRank {
    /// The first word.
    static final String WORD = "rank";

    private static final int FIRST_TASK_WORD = 2;

    private LaunchedRank() {}

    /// @return the words that start a rank
    static List<String> words(Path config, WorkerTask task) {
        List<String> words = new ArrayList<>(List.of(WORD, config.toString()));
        words.addAll(task.words());
        return words;
    }

    /// @param words as made by [#words]
    /// @return the exit code; a failure has been reported
    static int run(Shell shell, List<String> words) {
        if (words.size() <= FIRST_TASK_WORD) {
            shell.err().println("dlrm: dlrm train starts ranks, dlrm worker is for other programs");
            return 2;
        }
        try {
            JobConfig config = JobConfig.parseFrom(Files.readAllBytes(Path.of(words.get(1))));
            WorkerTask task = WorkerTask.of(words.subList(FIRST_TASK_WORD, words.size()));
            return new RankRun(shell, config, task).run();
        } catch (IOException e) {
            shell.err().println("dlrm: " + words.get(1) + ": " + Main.message(e, shell.debug()));
            return 1;
        }
    }
}
