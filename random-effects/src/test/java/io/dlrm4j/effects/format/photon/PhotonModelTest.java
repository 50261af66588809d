package io.dlrm4j.effects.format.photon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.format.MixedEffectsData;
import io.dlrm4j.effects.format.NewFile;
import io.dlrm4j.effects.format.avro.AvroModels;
import io.dlrm4j.effects.format.avro.ModelRecord;
import io.dlrm4j.effects.format.avro.ModelRecord.Coefficient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhotonModelTest {
    @TempDir
    Path folder;

    @Test
    void aRealModelIsReadAndReadBack() throws IOException {
        PhotonModel model = PhotonModel.read(MixedEffectsData.path("photon-ml/game-model"));
        assertThat(model.task()).isEqualTo("LINEAR_REGRESSION");
        assertThat(model.coordinates())
                .extracting(
                        PhotonModel.Coordinate::name, PhotonModel.Coordinate::entityType, PhotonModel.Coordinate::shard)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("globalShard", "", "globalShard"),
                        org.assertj.core.groups.Tuple.tuple("songId-songShard", "songId", "songShard"),
                        org.assertj.core.groups.Tuple.tuple("userId-userShard", "userId", "userShard"));
        assertThat(model.coordinates().get(1).coefficients()).isEmpty();

        ModelRecord fixed = first(model.coordinates().getFirst().coefficients().getFirst());
        assertThat(fixed.coefficients()).isNotEmpty();
        PhotonModelWriter out = new PhotonModelWriter(folder, 0, Compat.NONE);
        out.writeMetadata("LINEAR_REGRESSION", Map.of("global", JsonNodeFactory.instance.objectNode()));
        out.writeFixed("globalShard", "globalShard", fixed);
        PhotonModel again = PhotonModel.read(folder);
        assertThat(again.task()).isEqualTo("LINEAR_REGRESSION");
        ModelRecord read = first(again.coordinates().getFirst().coefficients().getFirst());
        assertThat(read.modelId()).isEqualTo("fixed-effect");
        assertThat(read.coefficients())
                .containsExactlyInAnyOrderElementsOf(fixed.coefficients().stream()
                        .filter(one -> one.mean() != 0)
                        .toList());
        for (int i = 1; i < read.coefficients().size(); i++) {
            assertThat(Math.abs(read.coefficients().get(i).mean()))
                    .isLessThanOrEqualTo(Math.abs(read.coefficients().get(i - 1).mean()));
        }
    }

    @Test
    void photonLosesVariancesOfWhatItKnowsBest() throws IOException {
        Coefficient certain = new Coefficient("a", "", 0.5, 1e-5);
        Coefficient large = new Coefficient("b", "t", -3, 0.2);
        Coefficient zero = new Coefficient("c", "", 1e-5, 0.7);
        ModelRecord model = new ModelRecord("u1", ModelRecord.LOGISTIC, List.of(certain, large, zero), "");

        Coefficient unsure = new Coefficient("c", "", 0, 0.7);
        assertThat(written(model, Compat.NONE)).containsExactly(large, certain, unsure);
        assertThat(written(model, Compat.PHOTON))
                .containsExactly(large, new Coefficient("a", "", 0.5, Double.NaN), unsure);
    }

    private List<Coefficient> written(ModelRecord model, Compat compat) throws IOException {
        PhotonModelWriter out = new PhotonModelWriter(folder, PhotonModelWriter.DEFAULT_THRESHOLD, compat);
        try (PhotonModelWriter.Models models = out.openRandom("per-user", "userId", "userShard", 1)) {
            models.write(model);
            models.finish();
        }
        PhotonModel.Coordinate read = PhotonModel.read(folder).coordinates().getFirst();
        assertThat(read.isRandom()).isTrue();
        assertThat(read.entityType()).isEqualTo("userId");
        return first(read.coefficients().getFirst()).coefficients();
    }

    @Test
    void faultsAreNamed() throws IOException {
        assertThatThrownBy(() -> PhotonModel.read(folder))
                .isInstanceOf(DataException.class)
                .hasMessage("%s: no models, want fixed-effect/NAME or random-effect/NAME in it", folder);
        Path info = folder.resolve("random-effect/u/id-info");
        NewFile.write(info, "userId\n");
        assertThatThrownBy(() -> PhotonModel.read(folder))
                .hasMessage("%s: 1 lines, want 2: the random effect's type and the feature shard", info);
    }

    private static ModelRecord first(Path file) throws IOException {
        try (AvroModels in = AvroModels.open(file)) {
            return Objects.requireNonNull(in.next());
        }
    }
}
