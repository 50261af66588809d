package io.dlrm4j.launch;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the ranks of a job do together.
///
/// @param kind which job
/// @param scores the file of scores; null unless scoring
/// @param hidden whether the hidden layer's activations are written there too
record WorkerTask(Kind kind, @Nullable Path scores, boolean hidden) {
    /// The jobs there are; their names are words of the command line.
    enum Kind {
        train,
        evaluate,
        score,
        measure,
        measure_links
    }

    private static final String HIDDEN = "--hidden";
    static final WorkerTask TRAIN = new WorkerTask(Kind.train, null, false);
    static final WorkerTask EVALUATE = new WorkerTask(Kind.evaluate, null, false);

    /// Measures what this machine can do.
    static final WorkerTask MEASURE = new WorkerTask(Kind.measure, null, false);
    /// Measures messages by UDP, as between hosts.
    static final WorkerTask MEASURE_LINKS = new WorkerTask(Kind.measure_links, null, false);

    static WorkerTask score(Path scores, boolean hidden) {
        return new WorkerTask(Kind.score, scores, hidden);
    }

    /// @return the words that ask for this task
    List<String> words() {
        List<String> words = new ArrayList<>(List.of(kind.name()));
        if (scores != null) {
            words.addAll(List.of("--scores", scores.toString()));
        }
        if (hidden) {
            words.add(HIDDEN);
        }
        return words;
    }

    /// @param words as made by [#words]
    static WorkerTask of(List<String> words) {
        Path scores = words.size() == 1 ? null : Path.of(words.get(2));
        return new WorkerTask(
                Kind.valueOf(words.getFirst()), scores, words.getLast().equals(HIDDEN));
    }
}
