package io.dlrm4j.effects.train;

import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.data.ModelSink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Trains one model for each entity of a source.
///
/// Models come out in the source's order and are the same bits for any number of threads: an entity's fit depends on
/// its samples, their offsets and its old model alone.
public final class RandomEffectTrainer {
    private final TrainerSettings settings;

    /// @param settings of every entity
    public RandomEffectTrainer(TrainerSettings settings) {
        this.settings = settings;
    }

    /// Trains and scores.
    ///
    /// @param source entities; read by one worker at a time, not closed
    /// @param old gives an entity's model of an earlier training, or null; called by several threads
    /// @param scores offsets in, scores out
    /// @param sink takes the models, one worker at a time
    /// @return what was done
    /// @throws IOException when the source cannot be read or a model not be taken; the first failure ends all
    public TrainingCounts train(
            EntitySource source, Function<String, @Nullable EntityModel> old, SampleScores scores, ModelSink sink)
            throws IOException {
        BlockQueue queue = new BlockQueue(source, sink);
        List<EntityWorker> workers = new ArrayList<>();
        for (int i = 0; i < settings.threads(); i++) {
            workers.add(new EntityWorker(settings, queue, old, scores));
        }
        List<Thread> threads = new ArrayList<>();
        for (int i = 1; i < settings.threads(); i++) {
            threads.add(Thread.ofPlatform().name("effects-" + i).daemon().start(workers.get(i)));
        }
        workers.getFirst().run();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) { // ends with its last block: a worker waits for other workers only
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                    queue.fail(new IOException("interrupted while random effects were trained", e));
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        queue.rethrow();
        TrainingCounts counts = TrainingCounts.NONE;
        for (EntityWorker worker : workers) {
            counts = counts.plus(worker.counts());
        }
        return counts;
    }
}
