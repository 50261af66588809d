package io.dlrm4j.launch.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/// YAML from a file to nodes, within bounds.
final class YamlText {
    private static final int MAX_FILE_BYTES = 1 << 20;
    /// Deeper than any configuration; YAML's nodes are made by recursion.
    private static final int MAX_DEPTH = 50;

    private YamlText() {}

    /// @throws ConfigException when it cannot be read, is larger than a configuration can be, or is no text
    static String read(Path file) {
        if (Files.isDirectory(file)) {
            throw new ConfigException("configuration " + file + " is a folder, want a YAML file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_FILE_BYTES + 1);
            if (bytes.length > MAX_FILE_BYTES) {
                throw new ConfigException("configuration " + file + " has more than 1 MiB, want a YAML file");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (NoSuchFileException e) {
            throw new ConfigException("configuration " + file + " does not exist", e);
        } catch (CharacterCodingException e) {
            throw new ConfigException("configuration " + file + " is not UTF-8 text, want a YAML file", e);
        } catch (IOException e) {
            throw new ConfigException("configuration " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /// @param file printed in messages
    /// @return the document's root; empty where there is none
    /// @throws ConfigException when the text is no YAML
    static Optional<Node> compose(String text, String file) {
        LoadSettings settings = LoadSettings.builder().setLabel(file).build();
        try {
            int depth = 0;
            for (Event event : new Parse(settings).parseString(text)) {
                depth += event instanceof CollectionStartEvent ? 1 : event instanceof CollectionEndEvent ? -1 : 0;
                if (depth > MAX_DEPTH) {
                    throw new ConfigException("no configuration" + at(event.getStartMark(), file) + ": more than "
                            + MAX_DEPTH + " levels");
                }
            }
            return new Compose(settings).composeString(text);
        } catch (MarkedYamlEngineException e) {
            Optional<Mark> mark = e.getProblemMark().or(e::getContextMark);
            String problem = String.valueOf(e.getProblem()).lines().findFirst().orElse("");
            throw new ConfigException("no YAML" + at(mark, file) + ": " + problem, e);
        } catch (YamlEngineException e) {
            String problem = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new ConfigException("no YAML at " + file + ": " + problem, e);
        }
    }

    /// @return ` at FILE:LINE:COLUMN`, from 1
    static String at(Optional<Mark> mark, String file) {
        return mark.map(m -> " at " + file + ":" + (m.getLine() + 1) + ":" + (m.getColumn() + 1))
                .orElse(" at " + file);
    }
}
