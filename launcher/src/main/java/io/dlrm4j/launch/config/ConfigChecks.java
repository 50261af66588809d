package io.dlrm4j.launch.config;

import com.google.protobuf.Descriptors.FieldDescriptor;
import io.dlrm4j.comm.WorldConfig;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.engine.Engines;
import io.dlrm4j.trainer.checkpoint.CheckpointFolder;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The ranges of single values and the agreement between values; the first that fails ends the check.
///
/// What depends on the data (the bottom MLP's input, the tables' rows) is checked where the data is opened.
final class ConfigChecks {
    private static final int MIN_TERM_LENGTH = 1 << 16;
    private static final int MAX_TERM_LENGTH = 1 << 30;

    private final JobConfig config;
    private final Map<String, ConfigKey> keys;
    private final Map<String, String> places;

    /// @param places where each key was set, as `" in --batch-size"`; absent for defaults
    ConfigChecks(JobConfig config, Map<String, ConfigKey> keys, Map<String, String> places) {
        this.config = config;
        this.keys = keys;
        this.places = places;
    }

    void run() {
        model();
        optimizer();
        atLeast(1, "data.batch_size", "data.evaluation_batch_size");
        atLeast(1, "train.epochs");
        atLeast(0, "train.max_steps", "train.evaluate_every", "train.memory_limit_mib");
        oneOf("train.evaluate_on", List.of("test", "validation", "last_day", "all", "none"));
        oneOf("train.engine", Engines.names());
        checkpoint();
        atLeast(0, "sharding.data_parallel_rows", "sharding.ranks_per_host");
        atLeast(1, "comm.join_timeout_seconds", "comm.progress_timeout_seconds", "comm.bucket_floats");
        atLeast(WorldConfig.LEAST_SILENCE.toSeconds(), "comm.silence_seconds");
        atLeast(1, "dct.refresh_steps");
        for (String name : List.of("dct.activations", "dct.gradients")) {
            double part = ((Number) value(name)).doubleValue();
            require(name, part > 0 && part <= 1, "more than 0, up to 1, which is all");
        }
        int term = config.getComm().getTermLength();
        require(
                "comm.term_length",
                term >= MIN_TERM_LENGTH && term <= MAX_TERM_LENGTH && Integer.bitCount(term) == 1,
                "a power of two from 65536 to 1073741824");
    }

    private void model() {
        atLeast(1, "model.embedding_dim");
        List<Integer> bottom = config.getModel().getBottomList();
        List<Integer> top = config.getModel().getTopList();
        widths("model.bottom", bottom);
        widths("model.top", top);
        for (long rows : config.getModel().getTablesList()) {
            require("model.tables", rows >= 1, "1 or more rows in each table");
        }
        int dim = config.getModel().getEmbeddingDim();
        require(
                "model.bottom",
                bottom.isEmpty() || (bottom.size() >= 2 && bottom.getLast() == dim),
                "an input width first and model.embedding_dim=" + dim + " last");
        require("model.top", top.isEmpty() || top.getLast() == 1, "1 as the last width");
    }

    private void widths(String key, List<Integer> widths) {
        for (int width : widths) {
            require(key, width >= 1, "widths of 1 or more");
        }
    }

    private void optimizer() {
        OptimizerConfig optimizer = config.getOptimizer();
        require(
                "optimizer.mlps",
                optimizer.getMlps() != OptimizerKind.ROW_WISE_ADAGRAD,
                "sgd or adagrad: one accumulator a row is for tables only");
        require("optimizer.learning_rate", optimizer.getLearningRate() > 0, "more than 0");
        require("optimizer.eps", optimizer.getEps() > 0, "more than 0");
        atLeast(0, "optimizer.warmup_steps", "optimizer.decay_start_step", "optimizer.decay_steps");
        require(
                "optimizer.decay_start_step",
                optimizer.getDecaySteps() == 0 || optimizer.getDecayStartStep() >= optimizer.getWarmupSteps(),
                "optimizer.warmup_steps=" + optimizer.getWarmupSteps()
                        + " or more: the decay starts after the warm-up");
    }

    private void checkpoint() {
        atLeast(0, "checkpoint.every");
        require(
                "checkpoint.keep",
                config.getCheckpoint().getKeep() >= CheckpointFolder.MIN_KEEP,
                "2 or more: when the newest is damaged, the one before it is needed");
        atLeast(1, "checkpoint.max_failures", "checkpoint.grace_seconds");
        boolean hasPath = !config.getCheckpoint().getPath().isEmpty();
        require(
                "checkpoint.resume",
                hasPath || !config.getCheckpoint().getResume(),
                "checkpoint.path set to the folder to continue from");
        require(
                "checkpoint.every",
                hasPath || config.getCheckpoint().getEvery() == 0,
                "checkpoint.path set to the folder to write to");
    }

    private void atLeast(long least, String... names) {
        for (String name : names) {
            require(name, ((Number) value(name)).longValue() >= least, least + " or more");
        }
    }

    private void oneOf(String name, List<String> allowed) {
        String last = allowed.getLast();
        String others = String.join(", ", allowed.subList(0, allowed.size() - 1));
        require(name, allowed.contains(value(name).toString()), others + " or " + last);
    }

    private Object value(String name) {
        return Objects.requireNonNull(keys.get(name), name).get(config);
    }

    private void require(String name, boolean holds, String want) {
        if (holds) {
            return;
        }
        FieldDescriptor field = Objects.requireNonNull(keys.get(name), name).field();
        String place = places.getOrDefault(name, "");
        throw new ConfigException(name + "=" + ConfigValue.anyText(field, value(name)) + place + ", want " + want);
    }
}
