package io.dlrm4j.bench.effects;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.Engines;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.InitialWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// A DLRM on MovieLens: tables of users, movies, gender and occupation, genres as a bag; age and year are dense.
///
/// Training samples get logits of a model that has not seen them: the training part is cut into folds, and each is
/// scored by the model that was trained on the others (cross-fitting). A random effect behind in-sample logits would
/// learn from residuals that the deep model has already made small. Validation samples get the mean of all models.
final class DeepFixedEffect implements AutoCloseable {
    private static final int DIM = 16;
    private static final int BATCH = 256;
    private static final int HIDDEN = 64; // units of the top MLP's hidden layer
    private static final int FOLDS = 8;
    private static final int EPOCHS = 4;
    private static final float RATE = 0.03f;
    private static final List<Schema.Table> TABLES = List.of(
            new Schema.Table("user", 944, 1),
            new Schema.Table("movie", 1683, 1),
            new Schema.Table("gender", 2, 1),
            new Schema.Table("occupation", MovieLens.OCCUPATIONS, 1),
            new Schema.Table("genres", MovieLens.GENRES, MovieLens.GENRES));
    private static final int INTERACTION = DIM + (TABLES.size() + 1) * TABLES.size() / 2;

    private final MovieLens data;
    private final OffHeap memory = OffHeap.unlimited("deep fixed effect");
    private final DensePart dense;
    private final List<EmbeddingTable> tables = new ArrayList<>();
    private final PooledVectors pooled;
    private final Batch batch;

    /// @param training logits of the training samples, each by a model that has not seen it
    /// @param validation logits of the validation samples
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Logits(double[] training, double[] validation) {}

    /// Activations of the top MLP's last hidden layer.
    ///
    /// @param training of each training sample
    /// @param validation of each validation sample
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Hidden(float[][] training, float[][] validation) {}

    private DeepFixedEffect(MovieLens data, Engine engine, long seed) {
        this.data = data;
        DlrmShape shape = new DlrmShape(
                DIM,
                List.of(2, 16, DIM),
                List.of(INTERACTION, HIDDEN, 1),
                TABLES.stream().map(Schema.Table::rows).toList(),
                InteractionKind.DOT,
                false,
                LossKind.BCE);
        InitialWeights weights = new InitialWeights(seed);
        dense = engine.dense(shape, BATCH, new UpdateRule(OptimizerKind.ADAGRAD, 1e-8f), memory);
        weights.dense(shape, dense.weights());
        dense.weightsChanged();
        UpdateRule rule = new UpdateRule(OptimizerKind.ROW_WISE_ADAGRAD, 1e-8f);
        for (int t = 0; t < TABLES.size(); t++) {
            Schema.Table table = TABLES.get(t);
            EmbeddingTable rows =
                    engine.table(table.name(), table.rows(), DIM, BATCH, BATCH * table.maxPooling(), rule, memory);
            Floats values = memory.floats("initial " + table.name(), table.rows() * DIM);
            weights.rows(t, table.rows(), 0, table.rows(), DIM, values);
            rows.writeWeights(0, table.rows(), values);
            tables.add(rows);
        }
        long room = (long) BATCH * TABLES.size() * DIM;
        pooled = new PooledVectors(memory.floats("pooled", room), memory.floats("gradients", room), TABLES.size());
        boolean[] all = {true, true, true, true, true};
        batch = new Batch(memory, "batch", new Schema(2, TABLES), BATCH, 0, 1, all);
    }

    static Logits train(MovieLens data, int[] training, int[] validation, long seed, int threads) {
        double[] ofTraining = new double[training.length];
        double[] ofValidation = new double[validation.length];
        SplittableRandom random = new SplittableRandom(seed);
        int[] fold = new int[training.length];
        for (int i = 0; i < fold.length; i++) {
            fold[i] = random.nextInt(FOLDS);
        }
        try (Engine engine = Engines.byName("cpu", threads)) {
            for (int f = 0; f < FOLDS; f++) {
                try (DeepFixedEffect model = new DeepFixedEffect(data, engine, seed * FOLDS + f)) {
                    int left = f;
                    int[] seen = positions(fold, i -> fold[i] != left);
                    int[] unseen = positions(fold, i -> fold[i] == left);
                    model.train(rows(training, seen), random.split());
                    double[] logits = model.score(rows(training, unseen));
                    for (int i = 0; i < unseen.length; i++) {
                        ofTraining[unseen[i]] = logits[i];
                    }
                    double[] more = model.score(validation);
                    for (int i = 0; i < more.length; i++) {
                        ofValidation[i] += more[i] / FOLDS;
                    }
                }
            }
        }
        return new Logits(ofTraining, ofValidation);
    }

    /// Trains on all training samples: the hidden directions of the folds' models have nothing to do with each other.
    static Hidden hidden(MovieLens data, int[] training, int[] validation, long seed, int threads) {
        try (Engine engine = Engines.byName("cpu", threads);
                DeepFixedEffect model = new DeepFixedEffect(data, engine, seed * FOLDS + FOLDS)) {
            model.train(training, new SplittableRandom(seed));
            return new Hidden(model.activations(training), model.activations(validation));
        }
    }

    private float[][] activations(int[] rows) {
        float[][] activations = new float[rows.length][];
        Floats hidden = memory.floats("hidden", (long) BATCH * HIDDEN);
        for (int first = 0; first < rows.length; first += BATCH) {
            int count = Math.min(BATCH, rows.length - first);
            forward(rows, first, count);
            dense.topForward(pooled, hidden);
            for (int i = 0; i < count; i++) {
                activations[first + i] = hidden.slice((long) i * HIDDEN, HIDDEN).toArray();
            }
        }
        return activations;
    }

    private static int[] positions(int[] fold, IntPredicate wanted) {
        return IntStream.range(0, fold.length).filter(wanted).toArray();
    }

    private static int[] rows(int[] of, int[] positions) {
        int[] rows = new int[positions.length];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = of[positions[i]];
        }
        return rows;
    }

    private void train(int[] rows, SplittableRandom random) {
        int[] order = rows.clone();
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            for (int i = order.length - 1; i > 0; i--) {
                int other = random.nextInt(i + 1);
                int swap = order[i];
                order[i] = order[other];
                order[other] = swap;
            }
            for (int first = 0; first < order.length; first += BATCH) {
                step(order, first, Math.min(BATCH, order.length - first));
            }
        }
    }

    private void step(int[] rows, int first, int count) {
        forward(rows, first, count);
        dense.topStep(pooled, batch.labels(), 1f / count, _ -> {});
        dense.bottomBackward(_ -> {});
        for (int t = 0; t < tables.size(); t++) {
            tables.get(t).update(batch.bags(t), pooled.gradients(), pooled.offset(t), pooled.stride(t), RATE);
        }
        dense.update(RATE);
    }

    private double[] score(int[] rows) {
        double[] logits = new double[rows.length];
        for (int first = 0; first < rows.length; first += BATCH) {
            int count = Math.min(BATCH, rows.length - first);
            forward(rows, first, count);
            Floats scores = dense.topForward(pooled);
            for (int i = 0; i < count; i++) {
                logits[first + i] = scores.get(i);
            }
        }
        return logits;
    }

    private void forward(int[] rows, int first, int count) {
        fill(rows, first, count);
        dense.bottomForward(batch.dense(), count);
        for (int t = 0; t < tables.size(); t++) {
            pooled.place(t, (long) t * DIM, TABLES.size() * DIM);
            tables.get(t).pool(batch.bags(t), pooled.values(), pooled.offset(t), pooled.stride(t));
        }
    }

    private void fill(int[] rows, int first, int count) {
        batch.globalSize(count);
        Bags genres = batch.bags(4);
        Ints starts = Objects.requireNonNull(genres.starts());
        int ids = 0;
        for (int i = 0; i < count; i++) {
            MovieLens.Rating rating = data.rating(rows[first + i]);
            double[] user = data.user(rating.user());
            double[] movie = data.movie(rating.movie());
            batch.labels().set(i, rating.label());
            batch.dense().set(2L * i, (float) (10 * (user[0] - 0.34))); // about -1 to 1
            batch.dense().set(2L * i + 1, (float) (100 * (movie[MovieLens.GENRES] - 0.995)));
            batch.bags(0).ids().set(i, rating.user());
            batch.bags(1).ids().set(i, rating.movie());
            batch.bags(2).ids().set(i, (int) user[2]);
            batch.bags(3).ids().set(i, occupation(user));
            starts.set(i, ids);
            for (int genre = 0; genre < MovieLens.GENRES; genre++) {
                if (movie[genre] != 0) {
                    genres.ids().set(ids++, genre);
                }
            }
        }
        starts.set(count, ids);
        for (int t = 0; t < tables.size(); t++) {
            batch.bags(t).count(count);
        }
    }

    private static int occupation(double[] user) {
        int occupation = 0;
        while (user[3 + occupation] == 0) {
            occupation++;
        }
        return occupation;
    }

    @Override
    public void close() {
        dense.close();
        tables.forEach(EmbeddingTable::close);
        memory.close();
    }
}
