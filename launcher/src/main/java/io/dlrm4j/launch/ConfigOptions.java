package io.dlrm4j.launch;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.launch.config.ConfigBuilder;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// The options that set values of the configuration, the same for every command that has one.
///
/// What comes later wins: defaults, `--config` files, named options, `--set`.
final class ConfigOptions {
    private static final List<Named> MODEL = List.of(
            new Named("--bottom", "model.bottom", "WIDTHS", "Widths of the bottom MLP, as 13-512-256-64-16."),
            new Named("--top", "model.top", "WIDTHS", "Widths of the top MLP, as 512-256-1."),
            new Named("--embedding-dim", "model.embedding_dim", "N", "Width of every embedding row."),
            new Named("--seed", "model.seed", "N", "Seed of the initial weights."));

    private static final List<Named> RUN = List.of(
            new Named("--data", "data.path", "DIR", "Folder written by dlrm prepare or dlrm generate."),
            new Named("--checkpoint", "checkpoint.path", "DIR", "Folder of the checkpoints."),
            new Named("--evaluate-on", "train.evaluate_on", "PART", "Rows: test, validation, last_day, all or none."),
            new Named("--engine", "train.engine", "NAME", "Compute engine: cpu, nd4j or cuda."),
            new Named("--threads", "train.threads", "N", "Compute threads of every worker."),
            new Named("--memory-limit", "train.memory_limit_mib", "MIB", "Off-heap memory that one rank may take."));

    private static final List<Named> TRAINING = List.of(
            new Named("--batch-size", "data.batch_size", "N", "Samples of one step, over all ranks."),
            new Named("--epochs", "train.epochs", "N", "Passes over the training rows."),
            new Named("--max-steps", "train.max_steps", "N", "Ends the run after this many steps."),
            new Named("--learning-rate", "optimizer.learning_rate", "RATE", "Rate of every update rule."),
            new Named("--evaluate-every", "train.evaluate_every", "STEPS", "Evaluates every so many steps."),
            new Named("--checkpoint-every", "checkpoint.every", "STEPS", "Writes a checkpoint every so many steps."),
            new Named("--grace", "checkpoint.grace_seconds", "SECONDS", "Time for a last checkpoint after SIGTERM."),
            new Named("--collectives", "comm.collectives", "NAME", "Between ranks: host, or nccl between cards."),
            new Named("--wire-forward", "wire.forward", "FORMAT", "Vectors between ranks: fp32, bf16, fp16 or int8."),
            new Named("--wire-backward", "wire.backward", "FORMAT", "Their gradients, in one of these formats."),
            new Named("--wire-all-reduce", "wire.all_reduce", "FORMAT", "Gradients of the MLPs, in one of these."),
            new Named("--dct-activations", "dct.activations", "PART", "Only the largest values of vectors travel."),
            new Named("--dct-gradients", "dct.gradients", "PART", "Only the largest gradients of the MLPs travel."),
            new Named("--dct-refresh", "dct.refresh_steps", "STEPS", "Takes thresholds anew every so many steps."),
            new Named("--output", "train.output", "DIR", "Folder for metrics and results."),
            new Named("--trace", "train.trace", "FILE", "Timeline of the last 200 steps, for Chrome and Perfetto."));

    private final boolean training;

    private record Named(String option, String key, String label, String help) {}

    private ConfigOptions(boolean training) {
        this.training = training;
    }

    /// @return every option of a training
    static ConfigOptions forTraining() {
        return new ConfigOptions(true);
    }

    /// @return the options of what is done with a trained model
    static ConfigOptions forModel() {
        return new ConfigOptions(false);
    }

    /// Makes the options known to a command.
    void addTo(CommandSpec command) {
        if (training) {
            command.addOption(OptionSpec.builder("--config")
                    .type(Path[].class)
                    .paramLabel("FILE")
                    .description("YAML file with the configuration; configs/ has examples. Of several the last wins.")
                    .build());
        }
        RUN.forEach(each -> command.addOption(text(each)));
        if (training) {
            TRAINING.forEach(each -> command.addOption(text(each)));
            MODEL.forEach(each -> command.addOption(text(each)));
            command.addOption(OptionSpec.builder("--optimizer")
                    .type(String.class)
                    .paramLabel("NAME")
                    .description("Update rule of tables and MLPs: sgd, adagrad, or row_wise_adagrad,"
                            + " which is row-wise Adagrad for the tables and Adagrad for the MLPs.")
                    .build());
            command.addOption(OptionSpec.builder("--profile")
                    .type(boolean.class)
                    .description("Prints at the end where the time of a step went.")
                    .build());
            command.addOption(OptionSpec.builder("--dct")
                    .type(boolean.class)
                    .description("Sets --dct-activations 0.05 and --dct-gradients 0.01 unless they are given.")
                    .build());
            command.addOption(OptionSpec.builder("--checkpoint-async")
                    .type(boolean.class)
                    .description("Trains on while a checkpoint is written; takes memory for a copy.")
                    .build());
            command.addOption(OptionSpec.builder("--checkpoint-incremental")
                    .type(boolean.class)
                    .description("Writes only the rows touched since the last full checkpoint.")
                    .build());
            command.addOption(OptionSpec.builder("--encrypt")
                    .type(boolean.class)
                    .description("Encrypts what travels between machines.")
                    .build());
            command.addOption(OptionSpec.builder("--resume")
                    .type(boolean.class)
                    .description("Continues from the newest checkpoint of --checkpoint.")
                    .build());
        }
        command.addOption(OptionSpec.builder("--set")
                .type(String[].class)
                .paramLabel("KEY=VALUE")
                .description("Sets any key of the configuration, as model.loss=mse.")
                .build());
    }

    private static OptionSpec text(Named each) {
        return OptionSpec.builder(each.option())
                .type(String.class)
                .paramLabel(each.label())
                .description(each.help())
                .build();
    }

    /// @return the configuration that the parsed options give
    /// @throws io.dlrm4j.launch.config.ConfigException when a file, key or value cannot be used
    JobConfig read(ParseResult parsed) {
        ConfigBuilder config = new ConfigBuilder();
        for (Path file : parsed.matchedOptionValue("--config", new Path[0])) {
            config.file(file);
        }
        take(RUN, parsed, config);
        if (training) {
            if (parsed.hasMatchedOption("--dct")) { // before those that say it more exactly
                config.set("dct.activations", "0.05", "--dct");
                config.set("dct.gradients", "0.01", "--dct");
            }
            take(TRAINING, parsed, config);
            take(MODEL, parsed, config);
            optimizer(parsed.matchedOptionValue("--optimizer", (String) null), config);
            if (parsed.hasMatchedOption("--profile")) {
                config.set("train.profile", "true", "--profile");
            }
            if (parsed.hasMatchedOption("--checkpoint-async")) {
                config.set("checkpoint.asynchronous", "true", "--checkpoint-async");
            }
            if (parsed.hasMatchedOption("--checkpoint-incremental")) {
                config.set("checkpoint.incremental", "true", "--checkpoint-incremental");
            }
            if (parsed.hasMatchedOption("--encrypt")) {
                config.set("comm.encrypt", "true", "--encrypt");
            }
            if (parsed.hasMatchedOption("--resume")) {
                config.set("checkpoint.resume", "true", "--resume");
            }
        }
        String[] sets = parsed.matchedOptionValue("--set", new String[0]);
        for (String set : sets) {
            int equals = set.indexOf('=');
            if (equals < 1) {
                throw new UsageException("--set " + set + ", want KEY=VALUE as model.loss=mse");
            }
            config.set(set.substring(0, equals), set.substring(equals + 1), "--set " + set);
        }
        return config.build();
    }

    private static void take(List<Named> options, ParseResult parsed, ConfigBuilder config) {
        for (Named each : options) {
            String value = parsed.matchedOptionValue(each.option(), (String) null);
            if (value != null) {
                config.set(each.key(), value, each.option());
            }
        }
    }

    /// The reference's `rwsadagrad` keeps one accumulator a row in the tables and one a weight in the MLPs.
    private static void optimizer(@Nullable String name, ConfigBuilder config) {
        if (name == null) {
            return;
        }
        config.set("optimizer.tables", name, "--optimizer");
        config.set("optimizer.mlps", name.equals("row_wise_adagrad") ? "adagrad" : name, "--optimizer");
    }
}
