package io.dlrm4j.effects.format.photon;

import com.fasterxml.jackson.databind.JsonNode;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.format.JsonFile;
import io.dlrm4j.effects.format.PartFiles;
import io.dlrm4j.effects.format.TextLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// A model directory of Photon's (GAME) as it lies on disk; coefficients are read file by file, by
/// [io.dlrm4j.effects.format.avro.AvroModels].
///
/// @param folder of the model, `ROOT/best` or `ROOT/models/N`
/// @param task such as LOGISTIC_REGRESSION; NONE where the folder holds no metadata, as in old models
/// @param coordinates fixed effects first, then random effects, each by name
public record PhotonModel(Path folder, String task, List<Coordinate> coordinates) {
    static final String FIXED = "fixed-effect";
    static final String RANDOM = "random-effect";
    static final String ID_INFO = "id-info";
    static final String COEFFICIENTS = "coefficients";
    static final String METADATA = "model-metadata.json";

    /// One coordinate.
    ///
    /// @param entityType the random effect's type, such as userId; empty for a fixed effect
    /// @param shard the feature shard
    /// @param coefficients the files of models; none where a random effect has no model
    public record Coordinate(String name, String entityType, String shard, List<Path> coefficients) {
        /// Copies the list.
        public Coordinate {
            coefficients = List.copyOf(coefficients);
        }

        /// @return whether it has a model for each entity
        public boolean isRandom() {
            return !entityType.isEmpty();
        }
    }

    /// Copies the list.
    public PhotonModel {
        coordinates = List.copyOf(coordinates);
    }

    /// @return whether a folder holds a model
    public static boolean isModel(Path folder) {
        return Files.isDirectory(folder.resolve(FIXED)) || Files.isDirectory(folder.resolve(RANDOM));
    }

    /// @param folder of the model
    /// @throws DataException when it holds no coordinates or an `id-info` is wrong
    public static PhotonModel read(Path folder) throws IOException {
        List<Coordinate> coordinates = new ArrayList<>();
        for (Path fixed : foldersIn(folder.resolve(FIXED))) {
            List<String> info = idInfo(fixed, 1, "the feature shard");
            coordinates.add(new Coordinate(name(fixed), "", info.getFirst(), coefficients(fixed, true)));
        }
        for (Path random : foldersIn(folder.resolve(RANDOM))) {
            List<String> info = idInfo(random, 2, "the random effect's type and the feature shard");
            coordinates.add(new Coordinate(name(random), info.get(0), info.get(1), coefficients(random, false)));
        }
        if (coordinates.isEmpty()) {
            throw new DataException("%s: no models, want %s/NAME or %s/NAME in it".formatted(folder, FIXED, RANDOM));
        }
        return new PhotonModel(folder, task(folder.resolve(METADATA)), coordinates);
    }

    private static String task(Path metadata) throws IOException {
        if (!Files.exists(metadata)) {
            return "NONE";
        }
        JsonNode type = JsonFile.read(metadata).path("modelType");
        if (!type.isTextual()) {
            throw new DataException("%s: no modelType, want a task such as LOGISTIC_REGRESSION".formatted(metadata));
        }
        return type.asText();
    }

    private static List<String> idInfo(Path coordinate, int lines, String meaning) throws IOException {
        Path file = coordinate.resolve(ID_INFO);
        if (!Files.exists(file)) {
            throw new DataException("%s: no such file, want %s in it".formatted(file, meaning));
        }
        List<String> info = new ArrayList<>();
        try (TextLines in = TextLines.open(file, TextLines.METADATA_BYTES)) {
            for (String line = in.next(); line != null; line = in.next()) {
                if (!line.isBlank()) {
                    info.add(line.strip());
                }
            }
        }
        if (info.size() != lines) {
            throw new DataException("%s: %d lines, want %d: %s".formatted(file, info.size(), lines, meaning));
        }
        return info;
    }

    private static List<Path> coefficients(Path coordinate, boolean required) throws IOException {
        Path folder = coordinate.resolve(COEFFICIENTS);
        if (!required && !Files.isDirectory(folder)) {
            return List.of();
        }
        return PartFiles.of(folder, ".avro");
    }

    private static List<Path> foldersIn(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isDirectory).sorted().toList();
        }
    }

    private static String name(Path folder) {
        return folder.getFileName().toString();
    }
}
