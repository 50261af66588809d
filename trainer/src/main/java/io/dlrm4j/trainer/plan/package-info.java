/// What a job will take before it runs: where tables should lie, bytes on the wire, memory and time of a step.
///
/// [io.dlrm4j.trainer.plan.Rates] says what a machine can do, measured by [io.dlrm4j.trainer.plan.RateMeasurement];
/// [io.dlrm4j.trainer.plan.StepWork] what a step has to do; [io.dlrm4j.trainer.plan.PlacementSearch] finds a plan,
/// [io.dlrm4j.trainer.plan.StepModel] predicts its step, and [io.dlrm4j.trainer.plan.PlanReport] prints both. One
/// thread; nothing here takes part in a step. Proven by `StepModelTest`, `PlacementSearchTest`, `RatesFileTest`.
@NullMarked
package io.dlrm4j.trainer.plan;

import org.jspecify.annotations.NullMarked;
