package io.dlrm4j.effects.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.effects.Fixtures;
import io.dlrm4j.effects.InMemoryEntities;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.solve.Variance;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class RandomEffectTrainerTest {
    private final List<EntityData> entities = new ArrayList<>();

    RandomEffectTrainerTest() {
        for (int e = 0; e < 700; e++) {
            entities.add(Fixtures.clicks(e, e % 50 == 0 ? 900 : e % 23, 6, e % 2 == 0 ? 1 : 0.3));
        }
    }

    @Test
    void oneThreadAndManyGiveTheSameBits() throws IOException {
        TrainerSettings settings = new TrainerSettings(
                SolverSettings.LOGISTIC.withVariance(Variance.FULL), new ActiveSamples(2, 200, Compat.NONE), 0.5, 0, 1);
        List<EntityModel> serial = new ArrayList<>();
        List<EntityModel> parallel = new ArrayList<>();
        Map<Long, Double> serialScores = train(settings, serial);
        TrainerSettings more = new TrainerSettings(settings.solver(), settings.active(), 0.5, 0, 5);
        assertThat(train(more, parallel)).isEqualTo(serialScores);
        assertThat(serial).hasSizeGreaterThan(500);
        assertThat(parallel).hasSameSizeAs(serial);
        for (int i = 0; i < serial.size(); i++) {
            EntityModel one = serial.get(i);
            EntityModel other = parallel.get(i);
            assertThat(other.entity()).isEqualTo(one.entity());
            for (int j = 0; j < one.size(); j++) {
                assertThat(other.feature(j)).isEqualTo(one.feature(j));
                assertThat(other.mean(j)).isEqualTo(one.mean(j));
                assertThat(other.variance(j)).isEqualTo(one.variance(j));
            }
        }
    }

    @Test
    void passiveSamplesAreScoredAndEntitiesWithoutAModelScoreZero() throws IOException {
        TrainerSettings settings =
                TrainerSettings.of(SolverSettings.LOGISTIC, 2).withActive(new ActiveSamples(10, 100, Compat.NONE));
        List<EntityModel> models = new ArrayList<>();
        Map<Long, Double> scores = train(settings, models);
        long samples = entities.stream().mapToLong(EntityData::rows).sum();
        assertThat(scores).hasSize((int) samples);
        EntityData large = entities.getFirst();
        EntityModel model = models.getFirst();
        assertThat(model.entity()).isEqualTo(large.entity());
        for (int row = 0; row < large.rows(); row++) {
            assertThat(scores.get(large.uids()[row])).isEqualTo(model.score(large, row));
        }
        EntityData small = entities.get(5);
        assertThat(scores.get(small.uids()[0])).isZero();
    }

    @Test
    void offsetsComeFromTheScores() throws IOException {
        List<EntityModel> models = new ArrayList<>();
        SampleScores shifted = new SampleScores() {
            @Override
            public double offset(long uid, double own) {
                return 3;
            }

            @Override
            public void put(long uid, double score) {}
        };
        TrainerSettings settings = TrainerSettings.of(SolverSettings.LOGISTIC, 1);
        InMemoryEntities one = new InMemoryEntities(entities.subList(0, 1));
        new RandomEffectTrainer(settings).train(one.open(), _ -> null, shifted, models::add);
        new RandomEffectTrainer(settings).train(one.open(), _ -> null, SampleScores.NONE, models::add);
        assertThat(models.get(0).mean(0)).isLessThan(models.get(1).mean(0) - 2);
    }

    @Test
    void aFailureInASourceASolverOrASinkEndsAll() {
        TrainerSettings settings = TrainerSettings.of(SolverSettings.LOGISTIC, 3);
        RandomEffectTrainer trainer = new RandomEffectTrainer(settings);
        InMemoryEntities all = new InMemoryEntities(entities);
        assertThatThrownBy(() -> trainer.train(all.open(), _ -> null, SampleScores.NONE, _ -> {
                    throw new IOException("disk full");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("disk full");
        entities.get(300).addRow(1, 7, 1, 0);
        assertThatThrownBy(() -> trainer.train(all.open(), _ -> null, SampleScores.NONE, _ -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("entity entity 300, uid 1: label=7.0");
    }

    private Map<Long, Double> train(TrainerSettings settings, List<EntityModel> models) throws IOException {
        Map<Long, Double> scores = new ConcurrentHashMap<>();
        SampleScores keeping = new SampleScores() {
            @Override
            public double offset(long uid, double own) {
                return own;
            }

            @Override
            public void put(long uid, double score) {
                assertThat(scores.put(uid, score)).isNull();
            }
        };
        new RandomEffectTrainer(settings).train(new InMemoryEntities(entities).open(), _ -> null, keeping, models::add);
        return scores;
    }
}
