package io.dlrm4j.effects.feed;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.format.JsonFile;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.json.JsonSample;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Samples from a topic of Kafka, one JSON object a message ([JsonSample]); messages without a value are passed over.
///
/// All partitions are read, within each in order; partitions that are added are found within half a minute. Nothing is
/// committed to the broker: the position, `partition:offset,…` of what comes next, is kept with what was learned, so
/// that each message counts exactly once. Messages of transactions that were not committed are not read.
public final class KafkaSource implements MinibatchSource {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String topic;
    private final List<Kind> kinds;
    private final SortedMap<Integer, Long> next = new TreeMap<>();
    private final Sample sample = new Sample();
    private Iterator<ConsumerRecord<byte[], byte[]>> polled =
            List.<ConsumerRecord<byte[], byte[]>>of().iterator();
    private long looked = System.nanoTime();

    /// A kind of entity.
    ///
    /// @param name of the kind
    /// @param reader takes its id and features out of a message
    public record Kind(String name, JsonSample reader) {}

    private KafkaSource(KafkaConsumer<byte[], byte[]> consumer, String topic, List<Kind> kinds) {
        this.consumer = consumer;
        this.topic = topic;
        this.kinds = List.copyOf(kinds);
    }

    /// Opens a topic at its beginning, or at a position.
    ///
    /// @param settings of a consumer, `bootstrap.servers` at least; what exactly-once needs is set here
    /// @param topic to be read
    /// @param kinds of entities, one or more
    /// @param position [Minibatch#position] or empty
    /// @throws DataException when the topic is not there, or does not hold what comes next
    /// @throws IOException when no broker answers within 30 seconds
    public static KafkaSource open(Properties settings, String topic, List<Kind> kinds, String position)
            throws IOException {
        Properties all = new Properties();
        all.putAll(settings);
        all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        all.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        all.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        all.putIfAbsent(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) ANSWER.toMillis());
        KafkaConsumer<byte[], byte[]> consumer;
        try {
            consumer = new KafkaConsumer<>(all, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        } catch (KafkaException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException("topic %s: no consumer: %s".formatted(topic, cause.getMessage()), e);
        }
        KafkaSource source = new KafkaSource(consumer, topic, kinds);
        try {
            source.next.putAll(parse(topic, position));
            source.assign();
            return source;
        } catch (KafkaException e) {
            source.close();
            throw unreachable(topic, e);
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
    }

    private static IOException unreachable(String topic, KafkaException e) {
        if (e instanceof InterruptException) {
            return new IOException("topic %s: interrupted while waiting for messages".formatted(topic), e);
        }
        return new IOException("topic %s: %s; are the servers right, and running?".formatted(topic, e.getMessage()), e);
    }

    private static SortedMap<Integer, Long> parse(String topic, String position) {
        SortedMap<Integer, Long> offsets = new TreeMap<>();
        for (String part : position.isEmpty() ? new String[0] : position.split(",", -1)) {
            int colon = part.indexOf(':');
            try {
                offsets.put(
                        Integer.parseInt(part.substring(0, Math.max(0, colon))),
                        Long.parseLong(part.substring(colon + 1)));
            } catch (NumberFormatException e) {
                throw new DataException(
                        "topic %s: position \"%s\", want PARTITION:OFFSET,…".formatted(topic, position), e);
            }
        }
        return offsets;
    }

    /// Reads all partitions that the topic has now: known ones go on, new ones begin.
    private void assign() {
        looked = System.nanoTime();
        List<PartitionInfo> found = consumer.partitionsFor(topic);
        if (found == null || found.isEmpty()) {
            throw new DataException("topic %s: not there; make it, or mend its name".formatted(topic));
        }
        Collection<TopicPartition> partitions = found.stream()
                .map(one -> new TopicPartition(topic, one.partition()))
                .toList();
        if (consumer.assignment().size() == partitions.size()) {
            return;
        }
        Map<TopicPartition, Long> first = consumer.beginningOffsets(partitions);
        Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
        for (TopicPartition partition : partitions) {
            long oldest = first.getOrDefault(partition, 0L);
            long behind = end.getOrDefault(partition, 0L);
            long wanted = next.computeIfAbsent(partition.partition(), _ -> oldest);
            if (wanted < oldest || wanted > behind) {
                throw new DataException(
                        "topic %s: partition %d holds the offsets %d to %d, want %d; %s; a feed of another name begins anew"
                                .formatted(
                                        topic,
                                        partition.partition(),
                                        oldest,
                                        behind,
                                        wanted,
                                        wanted < oldest ? "messages were deleted unread" : "the topic was made anew"));
            }
        }
        if (next.size() > partitions.size()) {
            throw new DataException("topic %s: %d partitions, and %s were read before; the topic was made anew"
                    .formatted(topic, partitions.size(), next.keySet()));
        }
        consumer.assign(partitions);
        for (TopicPartition partition : partitions) {
            consumer.seek(partition, next.getOrDefault(partition.partition(), 0L));
        }
    }

    @Override
    public Minibatch next(int most, Duration patience) throws IOException {
        Batch batch = new Batch(kinds.stream().map(Kind::name).toList());
        long deadline = System.nanoTime() + patience.toNanos();
        try {
            for (boolean asked = false; true; asked = true) {
                while (batch.rows() < most && polled.hasNext()) {
                    take(polled.next(), batch);
                }
                if (batch.rows() > 0 || (asked && System.nanoTime() - deadline >= 0)) {
                    return batch.finish(position());
                }
                if (System.nanoTime() - looked > LOOK_NANOS) {
                    assign();
                }
                polled = consumer.poll(POLL).iterator();
            }
        } catch (KafkaException e) {
            throw unreachable(topic, e);
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> message, Batch batch) {
        if (message.value() != null) {
            String where = "topic %s: partition %d offset %d".formatted(topic, message.partition(), message.offset());
            try {
                var record = JsonFile.parse(new String(message.value(), StandardCharsets.UTF_8), where);
                for (int kind = 0; kind < kinds.size(); kind++) {
                    kinds.get(kind).reader().read(record, message.offset(), sample);
                    batch.add(kind, sample);
                }
            } catch (DataException | IllegalArgumentException e) {
                String said = String.valueOf(e.getMessage());
                throw new DataException(said.startsWith(where) ? said : where + ": " + said, e);
            }
        }
        next.put(message.partition(), message.offset() + 1);
    }

    private String position() {
        StringBuilder text = new StringBuilder();
        next.forEach((partition, offset) -> text.append(text.isEmpty() ? "" : ",")
                .append(partition)
                .append(':')
                .append(offset));
        return text.toString();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
