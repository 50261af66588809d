package io.dlrm4j.launch.config;

import io.dlrm4j.core.config.JobConfig;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// Joins defaults, YAML files and options into one configuration; what comes later wins.
///
/// ```java
/// JobConfig config = new ConfigBuilder()
///         .file(Path.of("configs/criteo-kaggle.yaml"))
///         .set("data.batch_size", "2048", "--batch-size")
///         .build();
/// ```
///
/// Remembers where each value was set, so that every refusal names the place.
public final class ConfigBuilder {
    private final Map<String, ConfigKey> keys = ConfigKey.all();
    private final Map<String, String> places = new HashMap<>();
    private final JobConfig.Builder config = JobConfig.newBuilder();

    /// Takes the values of a YAML file.
    ///
    /// @throws ConfigException when the file cannot be read or a key or value in it cannot be used
    public ConfigBuilder file(Path file) {
        yaml(YamlText.read(file), file.toString());
        return this;
    }

    /// Takes the values of YAML text.
    ///
    /// @param name printed as the file in messages
    /// @throws ConfigException when a key or value cannot be used
    public ConfigBuilder yaml(String text, String name) {
        new YamlReader(name, this).read(text);
        return this;
    }

    /// Takes one value.
    ///
    /// @param key dotted: `data.batch_size`
    /// @param value as written on a command line; lists as `512-256-1`
    /// @param option the option it comes from, printed in messages
    /// @throws ConfigException when there is no such key or the value is none for it
    public ConfigBuilder set(String key, String value, String option) {
        String place = " in " + option;
        ConfigKey found = keys.get(key);
        if (found == null) {
            throw unknown(key, place);
        }
        put(found, value, place);
        return this;
    }

    /// @return the configuration with every default filled in
    /// @throws ConfigException when a value is out of its range or values contradict each other
    public JobConfig build() {
        for (ConfigKey key : keys.values()) {
            if (!key.field().isRepeated()) {
                key.set(config, key.get(config.build()));
            }
        }
        JobConfig built = config.build();
        new ConfigChecks(built, keys, places).run();
        return built;
    }

    ConfigException unknown(String key, String place) {
        String nearest = NearestName.ofKey(key, keys.keySet());
        return new ConfigException("unknown key " + key + place + NearestName.hint(nearest));
    }

    void put(ConfigKey key, String text, String place) {
        Object value = key.field().isRepeated()
                ? ConfigValue.parseList(key.field(), text)
                : ConfigValue.parse(key.field(), text);
        if (value == null) {
            throw wrong(key, text, place);
        }
        key.set(config, value);
        places.put(key.name(), place);
    }

    static ConfigException wrong(ConfigKey key, String text, String place) {
        return new ConfigException(key.name() + "=" + text + place + ", want " + ConfigValue.wanted(key.field()));
    }
}
