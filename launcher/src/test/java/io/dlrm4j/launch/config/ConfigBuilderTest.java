package io.dlrm4j.launch.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.config.CheckpointConfig;
import io.dlrm4j.core.config.CollectivesKind;
import io.dlrm4j.core.config.CommConfig;
import io.dlrm4j.core.config.CudaConfig;
import io.dlrm4j.core.config.DataConfig;
import io.dlrm4j.core.config.DctConfig;
import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.ModelConfig;
import io.dlrm4j.core.config.OptimizerConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.config.PrecisionKind;
import io.dlrm4j.core.config.RowKind;
import io.dlrm4j.core.config.ShardingConfig;
import io.dlrm4j.core.config.ShuffleKind;
import io.dlrm4j.core.config.TrainConfig;
import io.dlrm4j.core.config.WireConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigBuilderTest {
    private static final Path CONFIGS = Path.of("..", "configs");

    /// Every value set, none to its default.
    private static final JobConfig FULL = JobConfig.newBuilder()
            .setModel(ModelConfig.newBuilder()
                    .setEmbeddingDim(8)
                    .addAllBottom(List.of(13, 64, 8))
                    .addAllTop(List.of(32, 1))
                    .addAllTables(List.of(10L, 3_000_000_000L))
                    .setInteraction(InteractionKind.CAT)
                    .setInteractionItself(true)
                    .setLoss(LossKind.MSE)
                    .setSeed(-1L))
            .setOptimizer(OptimizerConfig.newBuilder()
                    .setTables(OptimizerKind.ROW_WISE_ADAGRAD)
                    .setMlps(OptimizerKind.ADAGRAD)
                    .setLearningRate(0.5)
                    .setEps(1e-8)
                    .setWarmupSteps(5)
                    .setDecayStartStep(6)
                    .setDecaySteps(7))
            .setData(DataConfig.newBuilder()
                    .setPath("prepared data: \"a\\b\" ü")
                    .setBatchSize(1_000)
                    .setEvaluationBatchSize(500)
                    .setDropLast(true)
                    .setShuffle(ShuffleKind.DAY)
                    .setShuffleSeed(-1))
            .setTrain(TrainConfig.newBuilder()
                    .setEpochs(2)
                    .setMaxSteps(3_000_000_000L)
                    .setEvaluateEvery(10)
                    .setEvaluateOn("validation")
                    .setEngine("nd4j")
                    .setMemoryLimitMib(100)
                    .setOutput("runs/1")
                    .setThreads(2)
                    .setProfile(true)
                    .setTrace("trace.json"))
            .setCheckpoint(CheckpointConfig.newBuilder()
                    .setPath("checkpoints")
                    .setEvery(100)
                    .setKeep(5)
                    .setResume(true)
                    .setAsynchronous(true)
                    .setIncremental(true)
                    .setMaxFailures(4)
                    .setGraceSeconds(9))
            .setComm(CommConfig.newBuilder()
                    .setJoinTimeoutSeconds(10)
                    .setProgressTimeoutSeconds(20)
                    .setTermLength(65_536)
                    .setBucketFloats(1_024)
                    .setCollectives(CollectivesKind.NCCL)
                    .setEncrypt(true)
                    .setSilenceSeconds(20))
            .setCuda(CudaConfig.newBuilder()
                    .setPath("/opt/cuda:/opt/torch")
                    .setDevice(3)
                    .setPrecision(PrecisionKind.BF16)
                    .setCache("kernels")
                    .setRows(RowKind.BFLOAT16)
                    .setGraphs(false))
            .setSharding(ShardingConfig.newBuilder()
                    .addDataParallel("C6")
                    .addDataParallel("C 9-a")
                    .setDataParallelRows(100)
                    .addColumnWise("C2")
                    .addRowWise("*")
                    .addTableRowWise("C3@1")
                    .addTableWise("C4@0")
                    .setRanksPerHost(2))
            .setWire(WireConfig.newBuilder()
                    .setForward(WireConfig.Format.BF16)
                    .setBackward(WireConfig.Format.FP16)
                    .setAllReduce(WireConfig.Format.INT8))
            .setDct(DctConfig.newBuilder()
                    .setActivations(0.05)
                    .setGradients(0.01)
                    .setRefreshSteps(50))
            .build();

    static final String FULL_YAML = """
            model:
              embedding_dim: 8
              bottom: 13-64-8
              top: [32, 1]
              tables:
                - 10
                - 3000000000
              interaction: cat
              interaction_itself: true
              loss: mse
              seed: 18446744073709551615
            optimizer:
              tables: row_wise_adagrad
              mlps: adagrad
              learning_rate: 0.5
              eps: 1e-8
              warmup_steps: 5
              decay_start_step: 6
              decay_steps: 7
            data:
              path: 'prepared data: "a\\b" ü'
              batch_size: 1000
              evaluation_batch_size: 500
              drop_last: true
              shuffle: day
              shuffle_seed: 4294967295
            train:
              epochs: 2
              max_steps: 3000000000
              evaluate_every: 10
              evaluate_on: validation
              engine: nd4j
              memory_limit_mib: 100
              output: runs/1
              threads: 2
              profile: true
              trace: trace.json
            checkpoint:
              path: checkpoints
              every: 100
              keep: 5
              resume: true
              asynchronous: true
              incremental: true
              max_failures: 4
              grace_seconds: 9
            comm:
              join_timeout_seconds: 10
              progress_timeout_seconds: 20
              term_length: 65536
              bucket_floats: 1024
              collectives: nccl
              encrypt: true
              silence_seconds: 20
            cuda:
              path: "/opt/cuda:/opt/torch"
              device: 3
              precision: bf16
              cache: kernels
              rows: bfloat16
              graphs: false
            sharding:
              data_parallel: [C6, C 9-a]
              data_parallel_rows: 100
              column_wise: [C2]
              row_wise: "*"
              table_row_wise: [C3@1]
              table_wise: [C4@0]
              ranks_per_host: 2
            wire:
              forward: bf16
              backward: fp16
              all_reduce: int8
            dct:
              activations: 0.05
              gradients: 0.01
              refresh_steps: 50
            """;

    @Test
    void withoutSourcesEveryValueIsItsDefault() {
        JobConfig config = new ConfigBuilder().build();

        for (ConfigKey key : ConfigKey.all().values()) {
            Object expected = key.field().isRepeated() ? List.of() : key.field().getDefaultValue();
            assertThat(key.get(config)).as(key.name()).isEqualTo(expected);
        }
        assertThat(config.getModel().getEmbeddingDim()).isEqualTo(16);
        assertThat(config.getOptimizer().getLearningRate()).isEqualTo(0.1);
        assertThat(config.getTrain().getEvaluateOn()).isEqualTo("test");
    }

    @Test
    void everyKeyIsReadFromYaml() {
        assertThat(new ConfigBuilder().yaml(FULL_YAML, "full.yaml").build()).isEqualTo(FULL);
    }

    @Test
    void theFullExampleLeavesNoKeyAtItsDefault() {
        for (ConfigKey key : ConfigKey.all().values()) {
            Object unset = key.field().isRepeated() ? List.of() : key.field().getDefaultValue();
            assertThat(key.get(FULL)).as(key.name()).isNotEqualTo(unset);
        }
    }

    @Test
    void everyKeyIsReadFromOptions() {
        ConfigBuilder builder = new ConfigBuilder();
        for (ConfigKey key : ConfigKey.all().values()) {
            builder.set(key.name(), ConfigValue.anyText(key.field(), key.get(FULL)), "--set");
        }

        assertThat(builder.build()).isEqualTo(FULL);
    }

    @Test
    void printedConfigurationIsReadBackToTheSameMessage() {
        JobConfig defaults = new ConfigBuilder().build();

        assertThat(new ConfigBuilder().yaml(ConfigYaml.print(FULL), "printed").build())
                .isEqualTo(FULL);
        assertThat(new ConfigBuilder()
                        .yaml(ConfigYaml.print(defaults), "printed")
                        .build())
                .isEqualTo(defaults);
    }

    @Test
    void printedConfigurationShowsDefaults() {
        JobConfig config =
                new ConfigBuilder().set("model.top", "[32, 1]", "--top").build();

        assertThat(ConfigYaml.print(config)).startsWith("""
                model:
                  embedding_dim: 16
                  bottom: []
                  top: [32, 1]
                  tables: []
                  interaction: dot
                  interaction_itself: false
                  loss: bce
                  seed: 123
                optimizer:
                  tables: sgd
                  mlps: sgd
                  learning_rate: 0.1
                  eps: 1.0E-10
                """);
    }

    @Test
    void laterSourcesWin() {
        JobConfig config = new ConfigBuilder()
                .yaml("data: {batch_size: 10, path: a}", "first.yaml")
                .yaml("data: {batch_size: 20}", "second.yaml")
                .set("data.batch_size", "30", "--batch-size")
                .build();

        assertThat(config.getData().getBatchSize()).isEqualTo(30);
        assertThat(config.getData().getPath()).isEqualTo("a");
    }

    @Test
    void emptyFileAndEmptySectionsAreDefaults() {
        JobConfig defaults = new ConfigBuilder().build();

        assertThat(new ConfigBuilder().yaml("", "a.yaml").build()).isEqualTo(defaults);
        assertThat(new ConfigBuilder().yaml("model:\ndata: {}\n", "a.yaml").build())
                .isEqualTo(defaults);
    }

    @Test
    void shippedKaggleConfigurationsAreTheReferences() {
        JobConfig sgd =
                new ConfigBuilder().file(CONFIGS.resolve("criteo-kaggle.yaml")).build();
        JobConfig adagrad = new ConfigBuilder()
                .file(CONFIGS.resolve("criteo-kaggle-adagrad.yaml"))
                .build();

        assertThat(sgd.getModel().getBottomList()).containsExactly(13, 512, 256, 64, 16);
        assertThat(sgd.getModel().getTopList()).containsExactly(512, 256, 1);
        assertThat(sgd.getOptimizer().getTables()).isEqualTo(OptimizerKind.SGD);
        assertThat(sgd.getOptimizer().getLearningRate()).isEqualTo(0.1);
        assertThat(sgd.getData().getBatchSize()).isEqualTo(128);
        assertThat(adagrad.getModel()).isEqualTo(sgd.getModel());
        assertThat(adagrad.getOptimizer().getTables()).isEqualTo(OptimizerKind.ROW_WISE_ADAGRAD);
        assertThat(adagrad.getOptimizer().getMlps()).isEqualTo(OptimizerKind.ADAGRAD);
        assertThat(adagrad.getOptimizer().getLearningRate()).isEqualTo(0.01);
    }

    @Test
    void hashIgnoresFoldersAndMeasuringAndSeesEverythingElse() {
        String hash = ConfigHash.of(FULL);
        JobConfig.Builder moved = FULL.toBuilder();
        moved.getDataBuilder().setPath("elsewhere");
        moved.getTrainBuilder()
                .setOutput("elsewhere")
                .setMemoryLimitMib(7)
                .clearProfile()
                .setTrace("elsewhere");
        moved.getCheckpointBuilder().setPath("elsewhere");
        moved.getCudaBuilder().setPath("elsewhere").setDevice(0).setCache("elsewhere");
        JobConfig.Builder changed = FULL.toBuilder();
        changed.getOptimizerBuilder().setLearningRate(0.25);

        assertThat(hash).hasSize(64);
        assertThat(ConfigHash.of(moved.build())).isEqualTo(hash);
        assertThat(ConfigHash.of(changed.build())).isNotEqualTo(hash);
    }
}
