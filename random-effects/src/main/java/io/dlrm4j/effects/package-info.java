/// Per-entity models behind a trained score: what a user or an item does that the deep model does not say.
///
/// ```
/// // samples by user; offsets are the deep model's logits
/// EntityData user = new EntityData();
/// user.begin("user 7");
/// user.addRow(901, 1, 1, -0.2); // uid, label, weight, offset
/// user.addFeature(index.add("genre", "drama"), 1);
///
/// Solver solver = new Solver(SolverSettings.LOGISTIC.withVariance(Variance.FULL));
/// solver.solve(user, null);
/// EntityModel model = solver.model();
/// double logit = user.offsets()[0] + model.score(user, 0);
///
/// // many users and movies, in turn, in parallel
/// List<Coordinate> coordinates = List.of(
///         new Coordinate.Scores("deep", trainingLogits, validationLogits),
///         new Coordinate.RandomEffect("per_user", byUser, heldByUser, trainer),
///         new Coordinate.RandomEffect("per_movie", byMovie, heldByMovie, trainer));
/// DescentResult result = new CoordinateDescent(coordinates, table, held, DescentSettings.onePass(auc))
///         .run(MixedModel.EMPTY, step -> log(step));
///
/// // and from then on, sample by sample
/// Posterior belief = Posterior.of(model, 1);
/// belief = new SequentialUpdate(SequentialSettings.exact(Loss.LOGISTIC, 1)).update(belief, few);
/// ```
///
/// Nothing lies in this package itself. Start at `effects.solve` for one entity, `effects.descent` for a whole model,
/// `effects.online` for a stream, `effects.job` for files.
@NullMarked
package io.dlrm4j.effects;

import org.jspecify.annotations.NullMarked;
