package io.dlrm4j.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.ModelConfig;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class DlrmShapeTest {
    private static final List<Long> TABLES = Collections.nCopies(26, 100L);

    private static ModelConfig.Builder kaggle() {
        return ModelConfig.newBuilder()
                .addAllBottom(List.of(13, 512, 256, 64, 16))
                .addAllTop(List.of(512, 256, 1));
    }

    @Test
    void theKaggleModelHasThePublishedNumberOfDenseParameters() {
        DlrmShape shape = DlrmShape.of(kaggle().build(), 13, TABLES);
        assertThat(shape.interactionWidth()).isEqualTo(367);
        assertThat(shape.denseParameterCount()).isEqualTo(475_985);
    }

    @Test
    void theInteractionDecidesTheTopMlpsInput() {
        ModelConfig itself = kaggle().setInteractionItself(true).build();
        ModelConfig cat = kaggle().setInteraction(InteractionKind.CAT).build();
        assertThat(DlrmShape.of(itself, 13, TABLES).interactionWidth()).isEqualTo(16 + 27 * 28 / 2);
        assertThat(DlrmShape.of(cat, 13, TABLES).interactionWidth()).isEqualTo(27 * 16);
    }

    @Test
    void refusesSizesThatDoNotFitAndNamesTheSetting() {
        ModelConfig wide = kaggle().setEmbeddingDim(32).build();
        ModelConfig small = kaggle().addAllTables(Collections.nCopies(26, 99L)).build();
        assertThatThrownBy(() -> DlrmShape.of(kaggle().build(), 12, TABLES))
                .hasMessage("model.bottom: first width=13, want 12, the data's dense features");
        assertThatThrownBy(() -> DlrmShape.of(wide, 13, TABLES))
                .hasMessage("model.bottom: last width=16, want model.embedding_dim=32");
        assertThatThrownBy(() -> DlrmShape.of(small, 13, TABLES))
                .hasMessage("model.tables[0]=99, want 100 or more, as the data");
    }
}
