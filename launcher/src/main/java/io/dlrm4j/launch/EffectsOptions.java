package io.dlrm4j.launch;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.job.EffectsConfig;
import io.dlrm4j.effects.job.OutputFormat;
import io.dlrm4j.launch.config.EffectsYaml;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What several commands of random effects ask of their options.
final class EffectsOptions {
    private EffectsOptions() {}

    /// @param compat `--compat`, or null for what the file says
    static EffectsConfig config(Path file, @Nullable String compat) {
        return EffectsYaml.read(file, compat == null ? null : choice("--compat", compat, Compat.class));
    }

    static <E extends Enum<E>> E choice(String option, String text, Class<E> type) {
        List<String> names = new ArrayList<>();
        for (E value : type.getEnumConstants()) {
            if (value.name().equalsIgnoreCase(text)) {
                return value;
            }
            names.add(value.name().toLowerCase(Locale.ROOT));
        }
        throw new UsageException("%s=%s, want %s".formatted(option, text, String.join(" or ", names)));
    }

    /// @param layout `--layout`
    /// @throws UsageException when options contradict each other or the configuration
    static OutputFormat format(
            EffectsConfig config,
            String layout,
            int partitions,
            boolean samples,
            OutputFormat.Models models,
            boolean groups) {
        OutputFormat.Layout wanted = choice("--layout", layout, OutputFormat.Layout.class);
        try {
            OutputFormat format = new OutputFormat(wanted, partitions, samples, models, groups);
            format.requireFits(config);
            return format;
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    static void requireExists(String what, Path path) {
        if (!Files.exists(path)) {
            throw new UsageException(what + "=" + path + " does not exist");
        }
    }

    static void requireNew(String what, Path path) {
        if (Files.exists(path)) {
            throw new UsageException(what + "=" + path + " exists, want a new name");
        }
    }

    static void requireInputs(EffectsConfig config) {
        requireExists("data.training", config.data().training());
        Path validation = config.data().validation();
        if (validation != null) {
            requireExists("data.validation", validation);
        }
        config.data().scores().forEach(scores -> requireExists("data.scores", scores));
    }
}
