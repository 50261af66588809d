package io.dlrm4j.effects.train;

import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.optimize.Ending;
import io.dlrm4j.effects.solve.Solver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One thread's part: takes a block, fits its entities, scores their samples, gives the models back.
final class EntityWorker implements Runnable {
    private final TrainerSettings settings;
    private final BlockQueue queue;
    private final Function<String, @Nullable EntityModel> old;
    private final SampleScores scores;
    private final Solver solver;
    private final @Nullable FeatureSelection selection;
    private final EntityBlock block = new EntityBlock();
    private final EntityData active = new EntityData();
    private final EntityData selected = new EntityData();
    private TrainingCounts counts = TrainingCounts.NONE;
    private @Nullable EntityModel last;

    EntityWorker(
            TrainerSettings settings,
            BlockQueue queue,
            Function<String, @Nullable EntityModel> old,
            SampleScores scores) {
        this.settings = settings;
        this.queue = queue;
        this.old = old;
        this.scores = scores;
        this.solver = new Solver(settings.solver());
        this.selection = settings.featuresPerSample() > 0 ? new FeatureSelection(settings.featuresPerSample()) : null;
    }

    @Override
    public void run() {
        try {
            List<EntityModel> models = new ArrayList<>();
            for (long number = queue.take(block); number >= 0; number = queue.take(block)) {
                models.clear();
                for (int i = 0; i < block.size(); i++) {
                    EntityModel model = fit(block.get(i));
                    if (model != null) {
                        models.add(model);
                    }
                }
                if (!queue.give(number, models)) {
                    return;
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            queue.fail(e);
        }
    }

    TrainingCounts counts() {
        return counts;
    }

    private @Nullable EntityModel fit(EntityData all) {
        for (int row = 0; row < all.rows(); row++) {
            all.setOffset(row, scores.offset(all.uids()[row], all.offsets()[row]));
        }
        EntityData samples = settings.active().select(all, active);
        EntityModel model = samples.rows() == 0 ? null : model(samples);
        for (int row = 0; row < all.rows(); row++) {
            scores.put(all.uids()[row], model == null ? 0 : model.score(all, row));
        }
        boolean unfinished = model != null && solver.ending() == Ending.ITERATIONS;
        counts = counts.plus(new TrainingCounts(
                1,
                model == null ? 0 : 1,
                all.rows(),
                samples.rows(),
                model == null ? 0 : solver.iterations(),
                unfinished ? 1 : 0));
        return model;
    }

    private EntityModel model(EntityData samples) {
        EntityData reduced = selection == null ? samples : selection.select(samples, selected);
        EntityModel before = old.apply(samples.entity());
        if (before != null && settings.priorWeight() > 0) {
            solver.solve(reduced, before, settings.priorWeight());
        } else {
            solver.solve(reduced, before);
        }
        EntityModel fitted = solver.model();
        last = last == null ? fitted : fitted.sharing(last);
        return last;
    }
}
