package io.dlrm4j.effects.descent;

import io.dlrm4j.effects.column.Doubles;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.train.TrainerSettings;
import org.jspecify.annotations.Nullable;

/// One part of the model. Its data come for training and, where there are any, for validation.
public sealed interface Coordinate {
    /// @return the coordinate's name, different from all others'
    String name();

    /// Scores that were computed elsewhere and never change here: a DLRM's logits.
    ///
    /// @param name of the coordinate
    /// @param training in the order of the training table's rows, `[n]`
    /// @param validation in the order of the validation table's rows, or empty
    record Scores(String name, Doubles training, Doubles validation) implements Coordinate {
        /// Scores on the heap.
        public Scores(String name, double[] training, double[] validation) {
            this(name, Doubles.of(training), Doubles.of(validation));
        }
    }

    /// One model for all samples.
    ///
    /// @param name of the coordinate, and of its one model
    /// @param training all samples
    /// @param validation all samples, or null
    /// @param solver what is minimized
    record FixedEffect(
            String name, EntityData training, @Nullable EntityData validation, SolverSettings solver)
            implements Coordinate {}

    /// One model for each entity.
    ///
    /// @param name of the coordinate
    /// @param training entities with all their samples
    /// @param validation the same, or null
    /// @param trainer how entities are trained
    record RandomEffect(
            String name,
            EntitySource.Repeatable training,
            EntitySource.@Nullable Repeatable validation,
            TrainerSettings trainer)
            implements Coordinate {}

    /// @param weight of both penalties together; their shares stay what they are, all L2 where there are none
    /// @return the same coordinate with penalties of that weight; scores from elsewhere as they are
    default Coordinate withPenalty(double weight) {
        return switch (this) {
            case Scores scores -> scores;
            case FixedEffect fixed ->
                new FixedEffect(fixed.name, fixed.training, fixed.validation, Tuning.withPenalty(fixed.solver, weight));
            case RandomEffect random ->
                new RandomEffect(
                        random.name,
                        random.training,
                        random.validation,
                        random.trainer.withSolver(Tuning.withPenalty(random.trainer.solver(), weight)));
        };
    }
}
