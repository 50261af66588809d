package io.dlrm4j.trainer.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.config.DataConfig;
import io.dlrm4j.core.config.TrainConfig;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    @Test
    void anEpochTakesEverySampleOnce() {
        Schedule schedule = schedule(10, 4, false, 2, 0);

        assertThat(schedule.steps()).isEqualTo(6);
        assertThat(schedule.first(2)).isEqualTo(8);
        assertThat(schedule.count(2)).isEqualTo(2);
        assertThat(schedule.epoch(2)).isZero();
        assertThat(schedule.first(3)).isZero();
        assertThat(schedule.count(3)).isEqualTo(4);
        assertThat(schedule.epoch(3)).isEqualTo(1);
    }

    @Test
    void theIncompleteBatchCanBeLeftOut() {
        Schedule schedule = schedule(10, 4, true, 2, 0);

        assertThat(schedule.steps()).isEqualTo(4);
        assertThat(schedule.first(2)).isZero();
        assertThat(schedule.count(1)).isEqualTo(4);
    }

    @Test
    void maxStepsEndsTheRunEarlyButNeverLate() {
        assertThat(schedule(10, 4, false, 2, 5).steps()).isEqualTo(5);
        assertThat(schedule(10, 4, false, 2, 7).steps()).isEqualTo(6);
    }

    @Test
    void stepsMayPassTheIntegers() {
        Schedule schedule = schedule(4_000_000_000L, 1, false, 3, 0);

        assertThat(schedule.steps()).isEqualTo(12_000_000_000L);
        assertThat(schedule.first(11_999_999_999L)).isEqualTo(3_999_999_999L);
    }

    @Test
    void refusesWhatCannotBeTrainedOn() {
        assertThatThrownBy(() -> schedule(10, 0, false, 1, 0)).hasMessage("data.batch_size=0, want 1 or more");
        assertThatThrownBy(() -> schedule(0, 4, false, 1, 0)).hasMessage("training samples=0, want 1 or more");
        assertThatThrownBy(() -> schedule(3, 4, true, 1, 0)).hasMessage("training samples=3, want 4 or more");
        assertThatThrownBy(() -> schedule(3, 4, false, 0, 0)).hasMessage("train.epochs=0, want 1 or more");
    }

    private static Schedule schedule(long samples, int batch, boolean dropLast, int epochs, long maxSteps) {
        return Schedule.of(
                DataConfig.newBuilder()
                        .setBatchSize(batch)
                        .setDropLast(dropLast)
                        .build(),
                TrainConfig.newBuilder().setEpochs(epochs).setMaxSteps(maxSteps).build(),
                samples);
    }
}
