package io.dlrm4j.effects.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How far feeds were read is kept with what was learned from them.
class StorePositionsTest {
    @TempDir
    Path folder;

    private static void learn(ModelStore store, int value, String position) throws IOException {
        store.put(Models.of("u", "k", value));
        store.putPosition("clicks", position);
        store.commit();
    }

    @Test
    void aPositionIsThatOfItsCommit() throws IOException {
        try (ModelStore store = ModelStore.open(folder)) {
            store.features("u").add("f", "");
            assertThat(store.position("clicks")).isEmpty();
            learn(store, 1, "a:1");
            store.putPosition("views", "0:7");
            store.commit();
            store.putPosition("clicks", "never committed");
        }
        try (ModelStore store = ModelStore.open(folder)) {
            assertThat(store.position("clicks")).isEqualTo("a:1");
            assertThat(store.position("views")).isEqualTo("0:7");
            assertThat(store.feeds()).containsExactly("clicks", "views");
            assertThat(store.size()).isEqualTo(1);
        }
    }

    @Test
    void rollbackTakesPositionsAlongUnlessTheyAreKept() throws IOException {
        try (ModelStore store = ModelStore.open(folder)) {
            store.features("u").add("f", "");
            for (int i = 1; i <= 5; i++) {
                learn(store, i, "p" + i);
            }
            store.rollback(2, false);
            assertThat(store.position("clicks")).isEqualTo("p2");
            learn(store, 7, "p7"); // version 7
            store.rollback(2, true);
            assertThat(Models.value(store, "u", "k")).isEqualTo(2);
            assertThat(store.position("clicks")).isEqualTo("p7");
        }
        try (ModelStore store = ModelStore.open(folder)) {
            assertThat(Models.value(store, "u", "k")).isEqualTo(2);
            assertThat(store.position("clicks")).isEqualTo("p7");
            learn(store, 9, "p9");
            store.rollback(8, false); // to what the rollback with kept positions had left
            assertThat(Models.value(store, "u", "k")).isEqualTo(2);
            assertThat(store.position("clicks")).isEqualTo("p7");
            store.rollback(0, false);
            assertThat(store.position("clicks")).isEmpty();
        }
        try (ModelStore store = ModelStore.open(folder)) {
            assertThat(store.feeds()).isEmpty();
        }
    }

    @Test
    void compactionKeepsThem() throws IOException {
        for (boolean keep : new boolean[] {false, true}) {
            Path own = folder.resolve("keep-" + keep);
            try (ModelStore store = ModelStore.open(own)) {
                store.features("u").add("f", "");
                for (int i = 1; i <= 6; i++) {
                    learn(store, i, "p" + i);
                }
                store.rollback(4, keep);
                learn(store, 8, keep ? "p8" : "p5 again");
                store.compact(3);
            }
            try (ModelStore store = ModelStore.open(own)) {
                assertThat(store.position("clicks")).isEqualTo(keep ? "p8" : "p5 again");
                assertThat(store.oldest()).isEqualTo(3);
                store.rollback(7, false);
                assertThat(store.position("clicks")).isEqualTo(keep ? "p6" : "p4");
                assertThat(Models.value(store, "u", "k")).isEqualTo(4);
                store.rollback(3, false);
                assertThat(store.position("clicks")).isEqualTo("p3");
            }
        }
    }

    @Test
    void commitsAreListed() throws IOException {
        try (ModelStore store = ModelStore.open(folder)) {
            store.features("u").add("f", "");
            learn(store, 1, "p1");
            learn(store, 2, "p2");
            store.rollback(1, false);
            List<ModelStore.Commit> commits = new ArrayList<>();
            store.forEachCommit(commits::add);
            assertThat(commits)
                    .containsExactly(
                            new ModelStore.Commit(1, 1, -1),
                            new ModelStore.Commit(2, 1, -1),
                            new ModelStore.Commit(3, 0, 1));
        }
    }
}
