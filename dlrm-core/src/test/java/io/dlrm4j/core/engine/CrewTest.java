package io.dlrm4j.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class CrewTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void everyWorkerWorksOnceAMeetingAndTheCallerIsWorkerZero(int size) {
        try (Crew crew = new Crew(size)) {
            int[] meetings = new int[size]; // plain: a meeting must make what was written visible
            long caller = Thread.currentThread().threadId();
            for (int i = 0; i < 2000; i++) {
                crew.run(worker -> {
                    meetings[worker]++;
                    assertThat(Thread.currentThread().threadId() == caller).isEqualTo(worker == 0);
                });
                assertThat(meetings).containsOnly(i + 1);
            }
            assertThat(crew.size()).isEqualTo(size);
        }
    }

    @Test
    void helpersThatWentToSleepComeBack() {
        try (Crew crew = new Crew(3)) {
            AtomicIntegerArray meetings = new AtomicIntegerArray(3);
            for (int i = 0; i < 5; i++) {
                LockSupport.parkNanos(20_000_000);
                crew.run(meetings::incrementAndGet);
            }
            assertThat(meetings).hasToString("[5, 5, 5]");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 1000})
    void everyTaskIsDoneOnce(int tasks) {
        try (Crew crew = new Crew(4)) {
            ConcurrentHashMap<Integer, Integer> done = new ConcurrentHashMap<>();
            crew.forEach(tasks, (number, worker) -> done.merge(number, 1, Integer::sum));
            assertThat(done).hasSize(tasks);
            assertThat(done.values()).allMatch(times -> times == 1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aFailureReachesTheCallerAfterAllHaveEndedAndTheCrewWorksOn(int failing) {
        try (Crew crew = new Crew(3)) {
            AtomicIntegerArray ended = new AtomicIntegerArray(3);
            assertThatThrownBy(() -> crew.run(worker -> {
                        ended.incrementAndGet(worker);
                        if (worker == failing) {
                            throw new IllegalStateException("row 7 is broken");
                        }
                    }))
                    .hasMessage("row 7 is broken");
            assertThat(ended).hasToString("[1, 1, 1]");
            crew.run(ended::incrementAndGet);
            assertThat(ended).hasToString("[2, 2, 2]");
        }
    }

    @Test
    void aCrewHasOneThreadAtLeast() {
        assertThatThrownBy(() -> new Crew(0)).hasMessage("crew of 0 threads, want 1 or more");
    }
}
