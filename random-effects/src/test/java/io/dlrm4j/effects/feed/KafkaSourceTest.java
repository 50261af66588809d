package io.dlrm4j.effects.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.feed.MinibatchSource.Minibatch;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.json.JsonSample;
import io.dlrm4j.effects.job.EffectsConfig;
import io.dlrm4j.effects.job.OnlineJob;
import io.dlrm4j.effects.job.OnlineSamples;
import io.dlrm4j.effects.online.Posterior;
import io.dlrm4j.effects.online.Precision;
import io.dlrm4j.effects.solve.Loss;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.store.ModelStore;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Against a real broker.
class KafkaSourceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final SampleColumns COLUMNS = new SampleColumns("", "label", "", "", "user", List.of("x"));

    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init") // set before all
    private static KafkaBroker broker;

    @BeforeAll
    static void start() throws Exception {
        broker = KafkaBroker.start(folder);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static List<String> messages(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> "{\"user\": \"u%d\", \"label\": %d, \"x\": %d}".formatted(i % 3, i % 2, i))
                .toList();
    }

    private static KafkaSource open(String topic, String position) throws IOException {
        JsonSample reader = new JsonSample(COLUMNS, new FeatureIndex(), false);
        return KafkaSource.open(broker.settings(), topic, List.of(new KafkaSource.Kind("user", reader)), position);
    }

    private static List<Double> read(KafkaSource source, int count) throws IOException {
        List<Double> values = new ArrayList<>();
        while (values.size() < count) {
            Minibatch batch = source.next(7, PATIENCE);
            assertThat(batch.rows()).as("messages came in time").isPositive();
            for (int row = 0; row < batch.rows(); row++) {
                values.add(batch.kinds().getFirst().samples().values()[row]);
            }
        }
        return values;
    }

    @Test
    void everyMessageComesOnceFromEveryPosition() throws Exception {
        broker.create("twice", 2);
        broker.send("twice", 0, messages(0, 20));
        broker.send("twice", 1, messages(20, 40));
        List<String> positions = new ArrayList<>();
        List<Double> first = new ArrayList<>();
        try (KafkaSource source = open("twice", "")) {
            for (Minibatch batch = source.next(9, PATIENCE); first.size() < 40; batch = source.next(9, PATIENCE)) {
                for (int row = 0; row < batch.rows(); row++) {
                    first.add(batch.kinds().getFirst().samples().values()[row]);
                }
                positions.add(batch.position());
                if (first.size() == 40) {
                    break;
                }
            }
            assertThat(source.next(9, Duration.ZERO).rows()).isZero();
            broker.send("twice", 1, messages(40, 43));
            assertThat(read(source, 3)).containsExactly(40.0, 41.0, 42.0);
        }
        assertThat(first).doesNotHaveDuplicates().hasSize(40);
        assertThat(positions.getLast()).isEqualTo("0:20,1:20");
        String middle = positions.getFirst();
        try (KafkaSource source = open("twice", middle)) {
            List<Double> rest = read(source, 43 - 9);
            assertThat(rest).doesNotContainAnyElementsOf(first.subList(0, 9)).hasSize(34);
        }
    }

    @Test
    void faultsNameTopicPartitionAndOffset() throws Exception {
        assertThatThrownBy(() -> open("nowhere", ""))
                .isInstanceOf(DataException.class)
                .hasMessage("topic nowhere: not there; make it, or mend its name");
        broker.create("bad", 1);
        broker.send("bad", 0, List.of(messages(0, 1).getFirst(), "{\"user\": \"u\"}"));
        try (KafkaSource source = open("bad", "")) {
            assertThatThrownBy(() -> read(source, 2))
                    .hasMessage("topic bad: partition 0 offset 1: column label: not there, want a number");
        }
        assertThatThrownBy(() -> open("bad", "0:9"))
                .hasMessageContaining("partition 0 holds the offsets 0 to 2, want 9; the topic was made anew");
        assertThatThrownBy(() -> open("bad", "0:1,1:4")).hasMessageContaining("1 partitions, and [0, 1] were read");
        assertThatThrownBy(() -> open("bad", "x")).hasMessageContaining("want PARTITION:OFFSET");
        Properties nobody = new Properties();
        nobody.setProperty("bootstrap.servers", "127.0.0.1:1");
        nobody.setProperty("default.api.timeout.ms", "1000");
        assertThatThrownBy(() -> KafkaSource.open(nobody, "bad", List.of(), ""))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("are the servers right");
    }

    @Test
    void learningGoesOnWhereItWasAndLearnsWhatAFileTeaches() throws Exception {
        List<String> samples = OnlineSamples.lines(120);
        Path file = OnlineSamples.write(folder.resolve("samples.jsonl"), samples);
        EffectsConfig config = OnlineSamples.config(file);
        OnlineJob.Settings settings = new OnlineJob.Settings(0.9, Precision.FULL, 10, Duration.ofSeconds(3));
        broker.create("clicks", 1);
        OnlineJob.Feed topic = new OnlineJob.Feed.Topic("clicks", broker.settings(), "clicks");
        Path store = folder.resolve("topic-store");
        int learned = 0;
        for (int end : new int[] {50, 120}) {
            broker.send("clicks", 0, samples.subList(learned, end));
            try (OnlineJob job = OnlineJob.open(config, settings, store, null)) {
                assertThat(job.run(topic, _ -> {}).samples()).isEqualTo(end - learned);
            }
            learned = end;
        }
        Path other = folder.resolve("file-store");
        try (OnlineJob job = OnlineJob.open(config, settings, other, null)) {
            job.run(new OnlineJob.Feed.Folder("samples.jsonl", file), _ -> {});
        }
        assertThat(OnlineSamples.beliefs(store)).isEqualTo(OnlineSamples.beliefs(other));
    }

    /// Killed (SIGKILL) again and again while messages come: what it said was committed is there, and in the end each
    /// message counts once. Each has a feature of its own, and of squared loss the precision of a feature is the
    /// penalty and the number of samples that have it.
    @Test
    @Timeout(120)
    void aKilledLearnerLearnsEveryMessageOnce() throws Exception {
        broker.create("killed", 2);
        Path store = folder.resolve("killed-store");
        Random random = new Random(17);
        int sent = 0;
        for (int kill = 0; kill < 3; kill++) {
            sent = sendNamed(sent, 300);
            long said = learnAndKill(store, 1 + random.nextInt(20));
            try (ModelStore open = ModelStore.open(store)) {
                assertThat(open.version()).isGreaterThanOrEqualTo(said);
                assertThat(learned(open)).as("messages learned").isBetween(1, sent);
            }
        }
        sent = sendNamed(sent, 100);
        OnlineJob.Settings settings = new OnlineJob.Settings(1, Precision.DIAGONAL, 7, Duration.ofSeconds(3));
        try (OnlineJob job = OnlineJob.open(config(store), settings, store, null)) {
            OnlineJob.Feed topic = new OnlineJob.Feed.Topic("killed", broker.settings(), "killed");
            assertThat(job.run(topic, _ -> {}).samples()).isBetween(100L, 1000L - 3);
        }
        try (ModelStore open = ModelStore.open(store)) {
            assertThat(learned(open)).isEqualTo(sent).isEqualTo(1000);
            assertThat(open.position("killed")).matches("0:500,1:500");
        }
    }

    private static EffectsConfig config(Path nowhere) {
        EffectsConfig.Data data = new EffectsConfig.Data(nowhere, null, List.of(), "", "label", "", "");
        EffectsConfig.CoordinateSpec spec = new EffectsConfig.CoordinateSpec(
                "per_user",
                "user",
                List.of("name"),
                SolverSettings.LOGISTIC.withLoss(Loss.SQUARED),
                ActiveSamples.ALL,
                0,
                0);
        return new EffectsConfig(
                data, List.of(spec), new EffectsConfig.Descent(1, Set.of(), List.of(), Compat.NONE), null, 1);
    }

    /// @return how many were sent in all, half of them to each partition
    private static int sendNamed(int from, int count) throws InterruptedException, ExecutionException {
        for (int partition = 0; partition < 2; partition++) {
            int first = from + partition * count / 2;
            broker.send(
                    "killed",
                    partition,
                    IntStream.range(first, first + count / 2)
                            .mapToObj(i ->
                                    "{\"user\": \"u%d\", \"label\": %d, \"name\": \"m%d\"}".formatted(i % 20, i % 2, i))
                            .toList());
        }
        return from + count;
    }

    /// @return number of messages that were learned from, each of which must have been once
    private static int learned(ModelStore store) {
        int[] count = {0};
        double penalty = SolverSettings.LOGISTIC.regularization().l2();
        store.forEach(model -> {
            Posterior belief = model.posterior();
            for (int i = 0; i < belief.features().length; i++) {
                if (belief.features()[i] != FeatureIndex.INTERCEPT) {
                    assertThat(belief.precisions()[i]).isEqualTo(penalty + 1);
                    count[0]++;
                }
            }
        });
        return count[0];
    }

    /// @return the last commit that the process reported
    private static long learnAndKill(Path store, int commits) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx256m",
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Learner.class.getName(),
                        broker.settings().getProperty("bootstrap.servers"),
                        store.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        long last = 0;
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (int i = 0; i < commits; i++) {
                String line = out.readLine();
                assertThat(line).as("the process ended by itself").isNotNull();
                last = Long.parseLong(line);
            }
            process.toHandle().destroyForcibly(); // the process itself would close its output as well
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                last = Long.parseLong(line);
            }
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return last;
    }

    /// The process that is killed.
    static final class Learner {
        private Learner() {}

        public static void main(String[] args) throws IOException {
            Properties settings = new Properties();
            settings.setProperty("bootstrap.servers", args[0]);
            OnlineJob.Settings patient = new OnlineJob.Settings(1, Precision.DIAGONAL, 7, PATIENCE);
            try (OnlineJob job = OnlineJob.open(config(Path.of(args[1])), patient, Path.of(args[1]), null)) {
                OnlineJob.Feed topic = new OnlineJob.Feed.Topic("killed", settings, "killed");
                job.run(topic, progress -> System.out.println(progress.version()));
            }
        }
    }
}
