package io.dlrm4j.launch;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the ranks of a job do together.
///
/// @param kind which job
/// @param scores the file of scores; null unless scoring
record WorkerTask(Kind kind, @Nullable Path scores) {
    /// The jobs there are; their names are words of the command line.
    enum Kind {
        train,
        evaluate,
        score,
        measure,
        measure_links
    }

    static final WorkerTask TRAIN = new WorkerTask(Kind.train, null);
    static final WorkerTask EVALUATE = new WorkerTask(Kind.evaluate, null);

    /// Measures what this machine can do.
    static final WorkerTask MEASURE = new WorkerTask(Kind.measure, null);
    /// Measures messages by UDP, as between hosts.
    static final WorkerTask MEASURE_LINKS = new WorkerTask(Kind.measure_links, null);

    static WorkerTask score(Path scores) {
        return new WorkerTask(Kind.score, scores);
    }

    /// @return the words that ask for this task
    List<String> words() {
        return scores == null ? List.of(kind.name()) : List.of(kind.name(), "--scores", scores.toString());
    }

    /// @param words as made by [#words]
    static WorkerTask of(List<String> words) {
        return new WorkerTask(Kind.valueOf(words.getFirst()), words.size() == 1 ? null : Path.of(words.getLast()));
    }
}
