package io.dlrm4j.effects.format.gdmix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.format.MixedEffectsData;
import io.dlrm4j.effects.format.NewFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorMetadataTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gdmix/metadata/valid.json",
                "gdmix/metadata/valid_metadata.json",
                "gdmix/metadata/tensor_metadata.json",
                "gdmix/fe_lbfgs/metadata/tensor_metadata.json",
                "gdmix/grouped_per_member_train/data.json",
                "gdmix/grouped_per_member_train/data_intercept_only.json",
                "gdmix/grouped_per_member_train/data_with_string_entity_id.json",
                "gdmix/grouped_per_member_train/dataset_1.json",
                "gdmix-data/metadata/ExpectedGlobalMetadata.json",
                "gdmix-data/metadata/ExpectedPerItemMetadata.json",
                "gdmix-data/metadata/ExpectedPerMemberMetadata.json"
            })
    void goodMetadataAreReadBack(String name) throws IOException {
        TensorMetadata metadata = TensorMetadata.read(MixedEffectsData.path(name));
        assertThat(metadata.features()).isNotEmpty();
        Path again = folder.resolve("again.json");
        metadata.write(again);
        assertThat(TensorMetadata.read(again)).isEqualTo(metadata);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    duplicated_names | features[1]: the name weight occurs twice
                    invalid_name | features[0]: name=9, want a text
                    invalid_shape | features[0]: shape=7, want a list: [] for one value, [n] for n
                    invalid_type | features[0]: dtype="text", want int, long, float, double, bytes or string
                    """)
    void badMetadataAreRefused(String name, String message) {
        Path file = MixedEffectsData.path("gdmix/metadata/" + name + ".json");
        assertThatThrownBy(() -> TensorMetadata.read(file))
                .isInstanceOf(DataException.class)
                .hasMessage(file + ": " + message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {"features":[{"name":"a","dtype":"int","shape":[]}]} | features[0]: no isSparse, want name, dtype, shape and isSparse
                    {"labels":[{"name":"a","dtype":"int","shape":[],"isSparse":true}]} | \
                    labels[0]: shape=[] of the sparse column a, want [number of features]
                    {"labels":[{"name":"a","dtype":"int","shape":[0],"isSparse":true}]} | \
                    labels[0]: shape=[0], want whole numbers from 1, or -1 for any
                    {"features":{}} | features is OBJECT, want a list
                    [] | want an object with the lists features and labels
                    """)
    void otherFaultsAreRefused(String json, String message) throws IOException {
        Path file = folder.resolve("m.json");
        NewFile.write(file, json);
        assertThatThrownBy(() -> TensorMetadata.read(file)).hasMessage(file + ": " + message);
    }

    @Test
    void brokenJsonNamesLineAndColumn() throws IOException {
        Path file = folder.resolve("m.json");
        NewFile.write(file, "{\n  \"features\": [}\n");
        assertThatThrownBy(() -> TensorMetadata.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("%s: line 2 column", file);
    }

    @Test
    void effectsOfGdmixDataAreReadOrRefused() throws IOException {
        List<EffectConfig> effects =
                EffectConfig.read(MixedEffectsData.path("gdmix-data/configs/FeatureConvertor.json"));
        assertThat(effects)
                .extracting(EffectConfig::coordinate)
                .containsExactly("fixed-effect", "per-member", "per-item");
        assertThat(effects.get(2).columns().get(2).shared()).isFalse();
        assertThat(EffectConfig.read(MixedEffectsData.path("gdmix-data/configs/EffectConfigs.json")))
                .extracting(EffectConfig::coordinate)
                .containsExactly("fixed-effect", "per-member");

        Path two = MixedEffectsData.path("gdmix-data/configs/ConfigWithTwoFixedEffects.json");
        assertThatThrownBy(() -> EffectConfig.read(two))
                .hasMessageStartingWith("%s: effect 2 (per-member): the entity memberId is not among the columns", two);
        Path entity = MixedEffectsData.path("gdmix-data/configs/EntityNotInColumns.json");
        assertThatThrownBy(() -> EffectConfig.read(entity))
                .hasMessageStartingWith(
                        "%s: effect 0 (per-member): the entity memberId is not among the columns", entity);
        Path label = MixedEffectsData.path("gdmix-data/configs/LabelNotInColumns.json");
        assertThatThrownBy(() -> EffectConfig.read(label))
                .hasMessageStartingWith("%s: effect 0 (per-member): the label lable is not among the columns", label);
    }
}
