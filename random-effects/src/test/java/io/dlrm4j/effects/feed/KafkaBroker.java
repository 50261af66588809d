package io.dlrm4j.effects.feed;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;

/// A real broker of Kafka, one node, in a process of its own that listens on loopback alone.
public final class KafkaBroker implements Closeable {
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(90);

    private final Process process;
    private final String servers;

    private KafkaBroker(Process process, String servers) {
        this.process = process;
        this.servers = servers;
    }

    /// @param folder of its logs
    public static KafkaBroker start(Path folder) throws IOException, InterruptedException, ExecutionException {
        int port = freePort();
        int controller = freePort();
        Path properties = Files.writeString(
                folder.resolve("server.properties"), """
                process.roles=broker,controller
                node.id=1
                controller.quorum.voters=1@127.0.0.1:%2$d
                controller.listener.names=CONTROLLER
                listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
                advertised.listeners=PLAINTEXT://127.0.0.1:%1$d
                listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
                log.dirs=%3$s
                offsets.topic.replication.factor=1
                transaction.state.log.replication.factor=1
                transaction.state.log.min.isr=1
                transaction.state.log.num.partitions=1
                """.formatted(port, controller, folder.resolve("logs")));
        Process format = java(
                folder, "kafka.tools.StorageTool", "format", "-t", "5L6g3nShT-eMCtK--X86sw", "-c", "" + properties);
        if (!format.waitFor(60, TimeUnit.SECONDS) || format.exitValue() != 0) {
            format.destroyForcibly();
            throw new IOException(
                    "the broker's folder cannot be made: " + Files.readString(folder.resolve("broker.log")));
        }
        KafkaBroker broker = new KafkaBroker(java(folder, "kafka.Kafka", "" + properties), "127.0.0.1:" + port);
        try {
            broker.awaitAnswer(folder);
            return broker;
        } catch (IOException | InterruptedException | RuntimeException e) {
            broker.close();
            throw e;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static Process java(Path folder, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("broker.log").toFile()))
                .start();
    }

    private void awaitAnswer(Path folder) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_NANOS;
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
            while (true) {
                try {
                    if (!admin.describeCluster()
                            .nodes()
                            .get(5, TimeUnit.SECONDS)
                            .isEmpty()) {
                        return;
                    }
                } catch (ExecutionException | TimeoutException | KafkaException e) {
                    if (System.nanoTime() - deadline > 0 || !process.isAlive()) {
                        throw new IOException("no broker: " + Files.readString(folder.resolve("broker.log")), e);
                    }
                }
            }
        }
    }

    /// Makes a topic.
    public void create(String topic, int partitions) throws InterruptedException, ExecutionException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1)))
                    .all()
                    .get();
        }
    }

    /// Sends messages to a partition, in their order.
    public void send(String topic, int partition, Collection<String> values)
            throws InterruptedException, ExecutionException {
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(settings(), new StringSerializer(), new StringSerializer())) {
            List<Future<?>> sent = new ArrayList<>();
            for (String value : values) {
                sent.add(producer.send(new ProducerRecord<>(topic, partition, null, value)));
            }
            for (Future<?> one : sent) {
                one.get();
            }
        }
    }

    /// @return what a consumer needs
    public Properties settings() {
        Properties settings = new Properties();
        settings.setProperty("bootstrap.servers", servers);
        return settings;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
