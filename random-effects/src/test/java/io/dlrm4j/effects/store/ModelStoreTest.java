package io.dlrm4j.effects.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.online.Posterior;
import io.dlrm4j.effects.online.PosteriorStore;
import io.dlrm4j.effects.online.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelStoreTest {
    @TempDir
    Path folder;

    @Test
    void whatIsCommittedIsReadBackBitForBitAndWhatIsNotIsGone() throws IOException {
        try (ModelStore store = ModelStore.open(folder)) {
            store.features("user").add("genre", "a");
            store.features("item").add("age", "");
            store.put(Models.of("user", "7", 1 / 3.0));
            store.put(Models.of("item", "7", 2));
            assertThat(store.get("user", "7")).isNull();
            assertThat(store.commit()).isEqualTo(1);
            store.put(Models.of("user", "7", 9));
        }
        try (ModelStore store = ModelStore.open(folder)) {
            assertThat(store.version()).isEqualTo(1);
            assertThat(store.size()).isEqualTo(2);
            StoredModel model = Objects.requireNonNull(store.get("user", "7"));
            assertThat(model.posterior().means()).containsExactly(1 / 3.0, -1 / 3.0);
            assertThat(model.posterior().precisions()).containsExactly(1 / 3.0, 0.5, 1 / 3.0 + 1);
            assertThat(model.posterior().kind()).isEqualTo(Precision.FULL);
            assertThat(model.posterior().features()).containsExactly(-1, 0);
            assertThat(model.version()).isEqualTo(1);
            assertThat(Models.value(store, "item", "7")).isEqualTo(2);
            assertThat(store.features("user").name(0)).isEqualTo("genre");
            assertThat(store.features("item").name(0)).isEqualTo("age");
            assertThat(store.get("user", "8")).isNull();
        }
    }

    @Test
    void earlierVersionsStayAndAreGoneBackTo() throws IOException {
        try (ModelStore store = ModelStore.open(folder)) {
            store.features("u").add("f", "");
            for (int i = 1; i <= 5; i++) {
                store.put(Models.of("u", "a", i));
                store.put(Models.of("u", "only " + i, i));
                store.commit();
            }
            assertThat(Objects.requireNonNull(store.get("u", "a", 3))
                            .posterior()
                            .means()[0])
                    .isEqualTo(3);
            assertThat(store.rollback(2, false)).isEqualTo(6);
            assertThat(Models.value(store, "u", "a")).isEqualTo(2);
            assertThat(store.get("u", "only 3")).isNull();
            assertThat(store.size()).isEqualTo(3);
            store.put(Models.of("u", "a", 7));
            assertThat(store.commit()).isEqualTo(7);
            assertThatThrownBy(() -> store.rollback(4, false))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("version 4 was gone back from by version 6");
            assertThatThrownBy(() -> store.rollback(8, false)).hasMessageContaining("version 8, want 0 to 7");
        }
        try (ModelStore store = ModelStore.open(folder)) {
            assertThat(Models.value(store, "u", "a")).isEqualTo(7);
            assertThat(store.rollback(6, false)).isEqualTo(8);
            assertThat(Models.value(store, "u", "a")).isEqualTo(2);
            assertThat(store.rollback(0, false)).isEqualTo(9);
            assertThat(store.size()).isZero();
        }
    }

    @Test
    void anyHistoryIsTheSameAsAMapPerVersionAlsoReopenedAndCompacted() throws IOException {
        Random random = new Random(3);
        List<Map<String, Double>> history = new ArrayList<>();
        history.add(Map.of());
        List<Boolean> reachable = new ArrayList<>(List.of(true));
        int oldest = 0;
        ModelStore store = ModelStore.open(folder);
        try {
            store.features("u").add("f", "");
            for (int step = 1; step <= 120; step++) {
                Map<String, Double> now = new HashMap<>(history.getLast());
                int kind = random.nextInt(12);
                if (kind == 0) {
                    int target = oldest + random.nextInt(history.size() - oldest);
                    if (!reachable.get(target)) {
                        int gone = target;
                        ModelStore refusing = store;
                        assertThatThrownBy(() -> refusing.rollback(gone, false)).isInstanceOf(DataException.class);
                        continue;
                    }
                    now = history.get(target);
                    for (int i = target + 1; i < history.size(); i++) {
                        reachable.set(i, false);
                    }
                    store.rollback(target, false);
                } else if (kind == 1) {
                    oldest += random.nextInt(history.size() - oldest);
                    store.compact(oldest);
                    check(store, history.getLast());
                    continue;
                } else if (kind == 2) {
                    store.close();
                    store = ModelStore.open(folder);
                    store.features("u").add("f", ""); // of a commit that may not have come yet
                    check(store, history.getLast());
                    continue;
                } else {
                    for (int i = random.nextInt(6); i >= 0; i--) {
                        String key = "k" + random.nextInt(20);
                        double value = random.nextDouble();
                        now.put(key, value);
                        store.put(Models.of("u", key, value));
                    }
                    store.commit();
                }
                history.add(now);
                reachable.add(true);
                assertThat(store.version()).isEqualTo(history.size() - 1);
                check(store, now);
            }
        } finally {
            store.close();
        }
    }

    private static void check(ModelStore store, Map<String, Double> expected) {
        Map<String, Double> there = new HashMap<>();
        store.forEach(model -> there.put(model.key(), model.posterior().means()[0]));
        assertThat(there).isEqualTo(expected);
        expected.forEach(
                (key, value) -> assertThat(Models.value(store, "u", key)).isEqualTo(value));
    }

    @Test
    void compactionShrinksTheLogAndKeepsWhatCanBeGoneBackTo() throws IOException {
        try (ModelStore store = ModelStore.open(folder)) {
            store.features("u").add("f", "");
            for (int i = 1; i <= 300; i++) {
                for (int key = 0; key < 200; key++) {
                    store.put(Models.of("u", "k" + key, i));
                }
                store.commit();
            }
            store.compact(290);
            assertThat(Files.size(folder.resolve("models-00000002.log"))).isEqualTo(1L << 22);
            assertThat(folder.resolve("models-00000001.log")).doesNotExist();
            assertThat(store.version()).isEqualTo(300);
            store.rollback(295, false);
            assertThat(Models.value(store, "u", "k49")).isEqualTo(295);
            assertThatThrownBy(() -> store.rollback(289, false)).hasMessageContaining("want 290 to 301");
        }
    }

    @Test
    void oneProcessHasItOpen() throws IOException {
        try (ModelStore store = ModelStore.open(folder)) {
            assertThat(store.size()).isZero();
            assertThatThrownBy(() -> ModelStore.open(folder))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("open in this process already");
        }
        ModelStore.open(folder).close();
    }

    @Test
    void featuresMustBeInTheIndex() throws IOException {
        try (ModelStore store = ModelStore.open(folder)) {
            assertThatThrownBy(() -> store.put(Models.of("u", "a", 1)))
                    .hasMessage("u a: feature 0, want numbers of the id type's index, which has 0");
        }
    }

    @Test
    void beliefsThatWerePutAreSeenBeforeTheyAreCommitted() throws IOException {
        Posterior belief = new Posterior(new int[] {-1}, new double[] {2}, Precision.DIAGONAL, new double[] {4});
        try (ModelStore store = ModelStore.open(folder)) {
            PosteriorStore beliefs = store.beliefs();
            assertThat(beliefs.get("u", "a")).isNull();
            beliefs.put("u", "a", belief);
            assertThat(beliefs.get("u", "a")).isSameAs(belief);
            assertThat(store.get("u", "a")).isNull();
            store.commit();
            assertThat(Objects.requireNonNull(beliefs.get("u", "a")).precisions())
                    .containsExactly(4);
            for (Precision kind : new Precision[] {Precision.NONE, Precision.IDENTITY}) {
                beliefs.put("u", "b", new Posterior(new int[] {-1}, new double[] {1}, kind, new double[0]));
                store.commit();
                assertThat(Objects.requireNonNull(store.get("u", "b"))
                                .posterior()
                                .kind())
                        .isEqualTo(kind);
            }
        }
    }
}
