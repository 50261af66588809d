package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WorkerTaskTest {
    static WorkerTask[] tasks() {
        Path scores = Path.of("some scores.parquet");
        return new WorkerTask[] {
            WorkerTask.TRAIN, WorkerTask.EVALUATE, WorkerTask.score(scores, false), WorkerTask.score(scores, true)
        };
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void isReadAsItIsWritten(WorkerTask task) {
        assertThat(WorkerTask.of(task.words())).isEqualTo(task);
    }
}
