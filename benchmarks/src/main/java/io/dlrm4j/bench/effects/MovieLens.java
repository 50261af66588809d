package io.dlrm4j.bench.effects;

import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.descent.ScoreTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/// GDMix's example on MovieLens-100k: ratings above 3 are 1; users have age/100, gender and occupation, movies have
/// genres and year/2000; users' models see the movies' features and the other way round.
final class MovieLens {
    static final int OCCUPATIONS = 21;
    static final int GENRES = 19;

    private static final int USER_FEATURES = 3 + OCCUPATIONS; // age, M, F, occupations
    private static final int MOVIE_FEATURES = GENRES + 1;

    private final List<Rating> ratings = new ArrayList<>();
    private final Map<Integer, double[]> users = new HashMap<>();
    private final Map<Integer, double[]> movies = new HashMap<>();

    /// @param user 1 to 943
    /// @param movie 1 to 1,682
    /// @param label 1 for a rating above 3, else 0
    record Rating(int user, int movie, int label) {}

    /// One part of a random split.
    ///
    /// @param rows numbers of its ratings, which are their uids
    /// @param table what coordinates say of them
    /// @param global all of them with the features of both sides
    /// @param perUser grouped by user, with the movie's features
    /// @param perMovie grouped by movie, with the user's features
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Part(int[] rows, ScoreTable table, EntityData global, InMemory perUser, InMemory perMovie) {
        /// @param hidden activations of each sample, in the order of the rows
        /// @return the same samples by user and by movie with the activations as features
        Part with(float[][] hidden) {
            return new Part(rows, table, global, with(hidden, perUser), with(hidden, perMovie));
        }

        private InMemory with(float[][] hidden, InMemory effect) {
            List<EntityData> entities = new ArrayList<>();
            for (EntityData from : effect.entities) {
                EntityData data = begin(from.entity());
                for (int row = 0; row < from.rows(); row++) {
                    data.addRow(from.uids()[row], from.labels()[row], 1, 0);
                    float[] activations = hidden[table.rowOf(from.uids()[row])];
                    for (int k = 0; k < activations.length; k++) {
                        data.addFeature(k, activations[k]);
                    }
                }
                entities.add(data);
            }
            return new InMemory(entities);
        }
    }

    /// Entities in a list.
    record InMemory(List<EntityData> entities) implements EntitySource.Repeatable {
        @Override
        public EntitySource open() {
            return new EntitySource() {
                private int next;

                @Override
                public boolean next(EntityData into) {
                    into.begin("");
                    if (next == entities.size()) {
                        return false;
                    }
                    EntityData from = entities.get(next++);
                    into.begin(from.entity());
                    for (int row = 0; row < from.rows(); row++) {
                        into.addRowOf(from, row);
                    }
                    return true;
                }

                @Override
                public void close() {}
            };
        }
    }

    private MovieLens() {}

    /// @param folder `ml-100k`
    static MovieLens read(Path folder) throws IOException {
        MovieLens data = new MovieLens();
        List<String> occupations = Files.readAllLines(folder.resolve("u.occupation"));
        for (String line : Files.readAllLines(folder.resolve("u.user"))) {
            String[] words = line.split("\\|", -1);
            double[] features = new double[USER_FEATURES];
            features[0] = Integer.parseInt(words[1]) / 100.0;
            features[words[2].equals("M") ? 1 : 2] = 1;
            features[3 + occupations.indexOf(words[3])] = 1;
            data.users.put(Integer.parseInt(words[0]), features);
        }
        for (String line : Files.readAllLines(folder.resolve("u.item"), StandardCharsets.ISO_8859_1)) {
            String[] words = line.split("\\|", -1);
            double[] features = new double[MOVIE_FEATURES];
            for (int genre = 0; genre < GENRES; genre++) {
                features[genre] = Integer.parseInt(words[5 + genre]);
            }
            String year = words[2].substring(words[2].lastIndexOf('-') + 1);
            features[GENRES] = year.isEmpty() ? 0 : Integer.parseInt(year) / 2000.0;
            data.movies.put(Integer.parseInt(words[0]), features);
        }
        for (String line : Files.readAllLines(folder.resolve("u.data"))) {
            String[] words = line.split("\t", -1);
            int label = Integer.parseInt(words[2]) > 3 ? 1 : 0;
            data.ratings.add(new Rating(Integer.parseInt(words[0]), Integer.parseInt(words[1]), label));
        }
        return data;
    }

    Rating rating(int row) {
        return ratings.get(row);
    }

    /// @return age/100, M, F, occupations
    double[] user(int user) {
        return Objects.requireNonNull(users.get(user));
    }

    /// @return genres, year/2000
    double[] movie(int movie) {
        return Objects.requireNonNull(movies.get(movie));
    }

    /// @return training (80 %) and validation samples
    List<Part> split(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        List<Integer> training = new ArrayList<>();
        List<Integer> validation = new ArrayList<>();
        for (int row = 0; row < ratings.size(); row++) {
            (random.nextDouble() < 0.8 ? training : validation).add(row);
        }
        return List.of(part(training), part(validation));
    }

    private Part part(List<Integer> numbers) throws IOException {
        int[] rows = numbers.stream().mapToInt(Integer::intValue).toArray();
        EntityData global = new EntityData();
        global.begin("global");
        Map<Integer, EntityData> perUser = new LinkedHashMap<>();
        Map<Integer, EntityData> perMovie = new LinkedHashMap<>();
        long[] uids = new long[rows.length];
        double[] labels = new double[rows.length];
        double[] ones = new double[rows.length];
        int[] groups = new int[rows.length];
        for (int i = 0; i < rows.length; i++) {
            Rating rating = ratings.get(rows[i]);
            uids[i] = rows[i];
            labels[i] = rating.label();
            ones[i] = 1;
            groups[i] = rating.user();
            double[] user = user(rating.user());
            double[] movie = movie(rating.movie());
            global.addRow(uids[i], rating.label(), 1, 0);
            features(global, 0, user);
            features(global, USER_FEATURES, movie);
            EntityData ofUser = perUser.computeIfAbsent(rating.user(), id -> begin("user " + id));
            ofUser.addRow(uids[i], rating.label(), 1, 0);
            features(ofUser, 0, movie);
            EntityData ofMovie = perMovie.computeIfAbsent(rating.movie(), id -> begin("movie " + id));
            ofMovie.addRow(uids[i], rating.label(), 1, 0);
            features(ofMovie, 0, user);
        }
        return new Part(
                rows,
                ScoreTable.onHeap(uids, labels, ones, new double[rows.length], Map.of("user", groups)),
                global,
                new InMemory(List.copyOf(perUser.values())),
                new InMemory(List.copyOf(perMovie.values())));
    }

    private static EntityData begin(String name) {
        EntityData data = new EntityData();
        data.begin(name);
        return data;
    }

    private static void features(EntityData data, int first, double[] values) {
        for (int j = 0; j < values.length; j++) {
            if (values[j] != 0) {
                data.addFeature(first + j, values[j]);
            }
        }
    }
}
