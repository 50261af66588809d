package io.dlrm4j.trainer.report;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What a job is about to do.
///
/// @param rank this rank
/// @param ranks number of ranks
/// @param engine one line about the engine
/// @param plan which rank has which rows, as a table
/// @param budget off-heap memory of this rank by name
/// @param samples training samples of one epoch
/// @param firstStep steps done before, 0 unless resumed
/// @param steps steps of the whole run
/// @param resumedFrom the checkpoint it continues, or null
public record JobStart(
        int rank,
        int ranks,
        String engine,
        String plan,
        String budget,
        long samples,
        long firstStep,
        long steps,
        @Nullable Path resumedFrom) {}
