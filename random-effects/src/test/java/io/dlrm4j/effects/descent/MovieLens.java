package io.dlrm4j.effects.descent;

import io.dlrm4j.effects.Fixtures;
import io.dlrm4j.effects.InMemoryEntities;
import io.dlrm4j.effects.data.EntityData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// GDMix's example on MovieLens-100k: ratings above 3 are 1; users have age/100, gender and occupation, movies have
/// genres and year/2000; users' models see the movies' features and the other way round.
final class MovieLens {
    private static final int USER_FEATURES = 24; // age, M, F, 21 occupations

    private final List<int[]> ratings = new ArrayList<>(); // user, movie, 0 or 1
    private final Map<Integer, double[]> users = new HashMap<>();
    private final Map<Integer, double[]> movies = new HashMap<>();

    static MovieLens read() throws IOException {
        MovieLens data = new MovieLens();
        List<String> occupations = Files.readAllLines(Fixtures.shared("movielens/ml-100k/u.occupation"));
        for (String line : Files.readAllLines(Fixtures.shared("movielens/ml-100k/u.user"))) {
            String[] words = line.split("\\|");
            double[] features = new double[USER_FEATURES];
            features[0] = Integer.parseInt(words[1]) / 100.0;
            features[words[2].equals("M") ? 1 : 2] = 1;
            features[3 + occupations.indexOf(words[3])] = 1;
            data.users.put(Integer.parseInt(words[0]), features);
        }
        for (String line :
                Files.readAllLines(Fixtures.shared("movielens/ml-100k/u.item"), StandardCharsets.ISO_8859_1)) {
            String[] words = line.split("\\|", -1);
            double[] features = new double[20];
            for (int genre = 0; genre < 19; genre++) {
                features[genre] = Integer.parseInt(words[5 + genre]);
            }
            String year = words[2].substring(words[2].lastIndexOf('-') + 1);
            features[19] = year.isEmpty() ? 0 : Integer.parseInt(year) / 2000.0;
            data.movies.put(Integer.parseInt(words[0]), features);
        }
        for (String line : Files.readAllLines(Fixtures.shared("movielens/ml-100k/u.data"))) {
            String[] words = line.split("\t");
            int liked = Integer.parseInt(words[2]) > 3 ? 1 : 0;
            data.ratings.add(new int[] {Integer.parseInt(words[0]), Integer.parseInt(words[1]), liked});
        }
        return data;
    }

    /// One part of a random split.
    record Part(ScoreTable table, EntityData global, InMemoryEntities perUser, InMemoryEntities perMovie) {}

    /// @return training (80 %) and validation samples
    List<Part> split(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Integer> training = new ArrayList<>();
        List<Integer> validation = new ArrayList<>();
        for (int row = 0; row < ratings.size(); row++) {
            (random.nextDouble() < 0.8 ? training : validation).add(row);
        }
        return List.of(part(training), part(validation));
    }

    private Part part(List<Integer> rows) {
        EntityData global = new EntityData();
        global.begin("global");
        Map<Integer, EntityData> perUser = new LinkedHashMap<>();
        Map<Integer, EntityData> perMovie = new LinkedHashMap<>();
        long[] uids = new long[rows.size()];
        double[] labels = new double[rows.size()];
        double[] ones = new double[rows.size()];
        int[] groups = new int[rows.size()];
        for (int i = 0; i < uids.length; i++) {
            int[] rating = ratings.get(rows.get(i));
            uids[i] = rows.get(i);
            labels[i] = rating[2];
            ones[i] = 1;
            groups[i] = rating[0];
            double[] user = users.get(rating[0]);
            double[] movie = movies.get(rating[1]);
            add(global, uids[i], rating[2]);
            features(global, 0, user);
            features(global, USER_FEATURES, movie);
            EntityData ofUser = perUser.computeIfAbsent(rating[0], id -> begin("user " + id));
            add(ofUser, uids[i], rating[2]);
            features(ofUser, 0, movie);
            EntityData ofMovie = perMovie.computeIfAbsent(rating[1], id -> begin("movie " + id));
            add(ofMovie, uids[i], rating[2]);
            features(ofMovie, 0, user);
        }
        return new Part(
                new ScoreTable(uids, labels, ones, new double[uids.length], Map.of("user", groups)),
                global,
                new InMemoryEntities(List.copyOf(perUser.values())),
                new InMemoryEntities(List.copyOf(perMovie.values())));
    }

    private static EntityData begin(String name) {
        EntityData data = new EntityData();
        data.begin(name);
        return data;
    }

    private static void add(EntityData data, long uid, int label) {
        data.addRow(uid, label, 1, 0);
    }

    private static void features(EntityData data, int first, double[] values) {
        for (int j = 0; j < values.length; j++) {
            if (values[j] != 0) {
                data.addFeature(first + j, values[j]);
            }
        }
    }
}
