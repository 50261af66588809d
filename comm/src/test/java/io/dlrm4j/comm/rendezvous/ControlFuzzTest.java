package io.dlrm4j.comm.rendezvous;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.dlrm4j.comm.control.Abort;
import io.dlrm4j.comm.control.Answer;
import io.dlrm4j.comm.control.Challenge;
import io.dlrm4j.comm.control.ControlMessage;
import io.dlrm4j.comm.control.Heartbeat;
import io.dlrm4j.comm.control.Join;
import io.dlrm4j.comm.control.Welcome;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import javax.crypto.Mac;
import org.junit.jupiter.api.Test;

/// A hundred thousand control messages, from strangers and from an enemy who has the token: each is read, or the
/// connection ends with a sentence; none costs more than its limit.
class ControlFuzzTest {
    private static final int INPUTS = 50_000; // of each kind
    private static final long DEADLINE_NANOS = 60_000_000_000L;

    private final Token token = Token.random();

    /// A connection whose other side is written down.
    private static final class Script extends Socket {
        private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
        private InputStream said = InputStream.nullInputStream();

        @Override
        public InputStream getInputStream() {
            return said;
        }

        @Override
        public OutputStream getOutputStream() {
            return sent;
        }

        @Override
        public void setSoTimeout(int millis) {}
    }

    private static List<byte[]> messages() {
        Rank rank = new Rank(1, 4711, "host", "driver", "127.0.0.1:4000");
        Join join = Join.newBuilder()
                .setMember(rank.toMessage())
                .putFacts("configuration hash", "ab".repeat(32))
                .build();
        Welcome welcome = Welcome.newBuilder()
                .addMembers(rank.toMessage())
                .setSession(ByteString.copyFrom(new byte[32]))
                .build();
        Abort abort = Abort.newBuilder().setSentence("lost").setLostRank(3).build();
        return List.of(
                ControlMessage.newBuilder().setJoin(join).build().toByteArray(),
                ControlMessage.newBuilder().setWelcome(welcome).build().toByteArray(),
                ControlMessage.newBuilder().setAbort(abort).build().toByteArray(),
                ControlMessage.newBuilder()
                        .setHeartbeat(Heartbeat.getDefaultInstance())
                        .build()
                        .toByteArray());
    }

    private static byte[] frame(byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        ByteBuffer frame = ByteBuffer.allocate(Integer.BYTES + length).putInt(length);
        for (byte[] part : parts) {
            frame.put(part);
        }
        return frame.array();
    }

    /// Flips, overwrites, cuts, repeats or inserts, up to three times.
    private static byte[] mutate(byte[] whole, SplittableRandom random) {
        byte[] bytes = whole.clone();
        int times = random.nextInt(4);
        for (int i = 0; i < times && bytes.length > 0; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                case 3 -> System.arraycopy(bytes, 0, bytes, at, Math.min(random.nextInt(16), bytes.length - at));
                default -> {
                    byte[] longer = Arrays.copyOf(bytes, bytes.length + 5);
                    System.arraycopy(bytes, at, longer, at + 5, bytes.length - at);
                    Arrays.fill(longer, at, at + 5, (byte) 0xff);
                    bytes = longer;
                }
            }
        }
        return bytes;
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    @Test
    void strangersAreReadOrTurnedAway() {
        SplittableRandom random = new SplittableRandom(11);
        byte[] answer = frame(Answer.newBuilder()
                .setNonce(ByteString.copyFrom(new byte[32]))
                .build()
                .toByteArray());
        byte[] usual = concat(answer, frame(new byte[32], messages().getFirst()));
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        int answered = 0;
        for (int input = 0; input < INPUTS; input++) {
            Script script = new Script();
            script.said = new ByteArrayInputStream(mutate(usual, random));
            try {
                ControlChannel channel = ControlChannel.challenge(script, token, deadline);
                answered++;
                ControlMessage message = channel.receive(deadline);
                throw new AssertionError("input %d was believed: %s".formatted(input, message));
            } catch (IOException e) {
                requireSentence(input, e);
            }
        }
        assertThat(answered).as("got as far as a sealed message").isBetween(INPUTS / 10, INPUTS);
    }

    @Test
    void whoHasTheTokenAndSendsAnythingIsReadOrRefused() throws IOException {
        SplittableRandom random = new SplittableRandom(12);
        List<byte[]> messages = messages();
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        int read = 0;
        for (int input = 0; input < INPUTS; input++) {
            byte[] body = random.nextInt(10) == 0
                    ? random(random, random.nextInt(200))
                    : mutate(messages.get(input % messages.size()), random);
            Script script = new Script();
            script.said = new ByteArrayInputStream(frame(Challenge.newBuilder()
                    .setVersion(ControlChannel.VERSION)
                    .setNonce(ByteString.copyFrom(new byte[32]))
                    .build()
                    .toByteArray()));
            ControlChannel channel = ControlChannel.answer(script, token, deadline);
            script.said = new ByteArrayInputStream(frame(seal(script.sent.toByteArray(), body), body));
            try {
                ControlMessage message = channel.receive(deadline);
                message.getWelcome().getMembersList().forEach(Rank::of);
                read++;
            } catch (IOException e) {
                requireSentence(input, e);
            }
        }
        assertThat(read).isBetween(INPUTS / 10, INPUTS - 1_000);
    }

    private static void requireSentence(int input, IOException e) {
        if (String.valueOf(e.getMessage()).isBlank()) {
            throw new AssertionError("input %d ends without a sentence".formatted(input), e);
        }
    }

    private static byte[] random(SplittableRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /// The first seal of rank 0 on a connection whose challenge was zeros.
    private byte[] seal(byte[] answerFrame, byte[] body) throws IOException {
        Answer answer = Answer.parseFrom(Arrays.copyOfRange(answerFrame, Integer.BYTES, answerFrame.length));
        Mac mac = token.mac();
        mac.update("dlrm4j control 1".getBytes(StandardCharsets.US_ASCII));
        mac.update(new byte[32]);
        Mac seals = Token.mac(mac.doFinal(answer.getNonce().toByteArray()));
        seals.update((byte) 0);
        seals.update(new byte[Long.BYTES]);
        return seals.doFinal(body);
    }

    @Test
    void nothingIsAllocatedForALengthThatIsTooLarge() {
        for (int length : new int[] {ControlChannel.LIMIT + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            Script script = new Script();
            script.said = new ByteArrayInputStream(
                    ByteBuffer.allocate(Integer.BYTES).putInt(length).array());
            try {
                ControlChannel.challenge(script, token, System.nanoTime() + DEADLINE_NANOS);
                throw new AssertionError("length %d was taken".formatted(length));
            } catch (IOException e) {
                assertThat(e).hasMessage("message length=%d, want 0 to %d", length, ControlChannel.LIMIT);
            }
        }
    }
}
