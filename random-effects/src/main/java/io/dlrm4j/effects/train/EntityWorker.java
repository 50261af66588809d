package io.dlrm4j.effects.train;

import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.optimize.Ending;
import io.dlrm4j.effects.solve.BatchSolver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One thread's part: takes a block, fits its entities together, scores their samples, gives the models back.
final class EntityWorker implements Runnable {
    private final TrainerSettings settings;
    private final BlockQueue queue;
    private final Function<String, @Nullable EntityModel> old;
    private final SampleScores scores;
    private final BatchSolver solver;
    private final @Nullable FeatureSelection selection;
    private final EntityBlock block = new EntityBlock();
    private final List<EntityData> active = new ArrayList<>(); // what is left of each entity of the block
    private final List<EntityData> selected = new ArrayList<>();
    private int[] places = {}; // of the block's entities in the solver, -1 for those without a model
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
        this.solver = new BatchSolver(settings.solver());
        this.selection = settings.featuresPerSample() > 0 ? new FeatureSelection(settings.featuresPerSample()) : null;
    }

    @Override
    public void run() {
        try {
            List<EntityModel> models = new ArrayList<>();
            for (long number = queue.take(block); number >= 0; number = queue.take(block)) {
                models.clear();
                fit(models);
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

    private void fit(List<EntityModel> models) {
        if (places.length < block.size()) {
            places = new int[block.size()];
        }
        solver.clear();
        int added = 0;
        for (int i = 0; i < block.size(); i++) {
            EntityData all = block.get(i);
            for (int row = 0; row < all.rows(); row++) {
                all.setOffset(row, scores.offset(all.uids()[row], all.offsets()[row]));
            }
            EntityData samples =
                    settings.active().select(all, room(active, settings.active().cap() > 0 ? i : 0));
            places[i] = samples.rows() == 0 ? -1 : added++;
            counts = counts.plus(new TrainingCounts(1, 0, all.rows(), samples.rows(), 0, 0));
            if (samples.rows() > 0) {
                EntityData reduced = selection == null ? samples : selection.select(samples, room(selected, i));
                solver.add(reduced, old.apply(samples.entity()));
            }
        }
        solver.solve(settings.priorWeight());
        for (int i = 0; i < block.size(); i++) {
            EntityModel model = places[i] < 0 ? null : model(places[i]);
            if (model != null) {
                models.add(model);
            }
            EntityData all = block.get(i);
            for (int row = 0; row < all.rows(); row++) {
                scores.put(all.uids()[row], model == null ? 0 : model.score(all, row));
            }
        }
    }

    private EntityModel model(int place) {
        int unfinished = solver.ending(place) == Ending.ITERATIONS ? 1 : 0;
        counts = counts.plus(new TrainingCounts(0, 1, 0, 0, solver.iterations(place), unfinished));
        EntityModel fitted = solver.model(place);
        last = last == null ? fitted : fitted.sharing(last);
        return last;
    }

    private static EntityData room(List<EntityData> rooms, int position) {
        while (rooms.size() <= position) {
            rooms.add(new EntityData());
        }
        return rooms.get(position);
    }
}
