package io.dlrm4j.comm.rendezvous;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.dlrm4j.comm.control.Abort;
import io.dlrm4j.comm.control.Answer;
import io.dlrm4j.comm.control.Challenge;
import io.dlrm4j.comm.control.ControlMessage;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;

/// Messages over one TCP connection, each proven to come from somebody who has the job's token.
///
/// ```
/// rank 0  ──Challenge{nonce}──▶  joiner        in the clear
/// rank 0  ◀──Answer{nonce}─────  joiner        in the clear
///          ◀─────────────────▶                 sealed: | length 4 | HMAC 32 | message |
/// ```
///
/// The key of a connection is the HMAC of both nonces under the token, and a seal covers the direction and the number
/// of the message, so nothing recorded on another connection, in the other direction or earlier is accepted. Any
/// thread may send, one receives.
final class ControlChannel implements Closeable {
    static final int VERSION = 1;
    /// The largest message in bytes.
    static final int LIMIT = 64 << 10;

    private static final int NONCE_BYTES = 32;
    private static final int SEAL_BYTES = 32;
    private static final byte FROM_RANK_ZERO = 0;
    private static final byte TO_RANK_ZERO = 1;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Socket socket;
    private final Mac sendSeal;
    private final Mac receiveSeal;
    private final byte sendDirection;
    private final byte receiveDirection;
    private long sent;
    private long received;

    private ControlChannel(Socket socket, byte[] key, boolean rankZero) {
        this.socket = socket;
        this.sendSeal = Token.mac(key);
        this.receiveSeal = Token.mac(key);
        this.sendDirection = rankZero ? FROM_RANK_ZERO : TO_RANK_ZERO;
        this.receiveDirection = rankZero ? TO_RANK_ZERO : FROM_RANK_ZERO;
    }

    /// Opens rank 0's side: challenges whoever connected.
    ///
    /// @param deadline by [System#nanoTime]
    static ControlChannel challenge(Socket socket, Token token, long deadline) throws IOException {
        byte[] nonce = nonce();
        write(
                socket,
                new byte[0],
                Challenge.newBuilder()
                        .setVersion(VERSION)
                        .setNonce(ByteString.copyFrom(nonce))
                        .build());
        byte[] theirs = Answer.parseFrom(read(socket, deadline)).getNonce().toByteArray();
        return new ControlChannel(socket, key(token, nonce, theirs), true);
    }

    /// Opens the other side: answers rank 0's challenge.
    ///
    /// @param deadline by [System#nanoTime]
    static ControlChannel answer(Socket socket, Token token, long deadline) throws IOException {
        Challenge challenge = Challenge.parseFrom(read(socket, deadline));
        if (challenge.getVersion() != VERSION) {
            throw new IOException("rank 0 speaks version %d of the control protocol, this rank %d; use one build"
                    .formatted(challenge.getVersion(), VERSION));
        }
        byte[] nonce = nonce();
        write(
                socket,
                new byte[0],
                Answer.newBuilder().setNonce(ByteString.copyFrom(nonce)).build());
        return new ControlChannel(socket, key(token, challenge.getNonce().toByteArray(), nonce), false);
    }

    /// @return 32 random bytes
    static byte[] nonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        return nonce;
    }

    private static byte[] key(Token token, byte[] ofRankZero, byte[] ofJoiner) throws IOException {
        if (ofRankZero.length != NONCE_BYTES || ofJoiner.length != NONCE_BYTES) {
            throw new IOException("nonce of another length");
        }
        Mac mac = token.mac();
        mac.update("dlrm4j control 1".getBytes(StandardCharsets.US_ASCII));
        mac.update(ofRankZero);
        mac.update(ofJoiner);
        return mac.doFinal();
    }

    /// Seals and sends a message.
    synchronized void send(ControlMessage message) throws IOException {
        write(socket, seal(sendSeal, sendDirection, sent++, message.toByteArray()), message);
    }

    void abort(String sentence, int lostRank) throws IOException {
        Abort abort =
                Abort.newBuilder().setSentence(sentence).setLostRank(lostRank).build();
        send(ControlMessage.newBuilder().setAbort(abort).build());
    }

    /// Waits for a message until it comes.
    ControlMessage receive() throws IOException {
        return receive(0, false);
    }

    /// Waits for a message until `deadline` by [System#nanoTime].
    ///
    /// @throws SocketTimeoutException when none came in time
    ControlMessage receive(long deadline) throws IOException {
        return receive(deadline, true);
    }

    private ControlMessage receive(long deadline, boolean timed) throws IOException {
        byte[] frame = timed ? read(socket, deadline) : readUntimed(socket);
        if (frame.length < SEAL_BYTES) {
            throw new IOException("message of %d bytes, want a seal of %d first".formatted(frame.length, SEAL_BYTES));
        }
        byte[] seal = Arrays.copyOf(frame, SEAL_BYTES);
        byte[] body = Arrays.copyOfRange(frame, SEAL_BYTES, frame.length);
        if (!MessageDigest.isEqual(seal, seal(receiveSeal, receiveDirection, received++, body))) {
            throw new WrongTokenException();
        }
        return ControlMessage.parseFrom(body);
    }

    private static byte[] seal(Mac mac, byte direction, long number, byte[] body) {
        mac.update(direction);
        mac.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
        return mac.doFinal(body);
    }

    private static void write(Socket socket, byte[] seal, MessageLite message) throws IOException {
        int length = seal.length + message.getSerializedSize();
        if (length > LIMIT) {
            throw new IOException("control message of %d bytes, want at most %d".formatted(length, LIMIT));
        }
        byte[] frame = ByteBuffer.allocate(Integer.BYTES + length)
                .putInt(length)
                .put(seal)
                .put(message.toByteArray())
                .array();
        socket.getOutputStream().write(frame); // one write, one packet
    }

    private static byte[] readUntimed(Socket socket) throws IOException {
        socket.setSoTimeout(0);
        InputStream in = socket.getInputStream();
        int length = checked(ByteBuffer.wrap(exactly(in.readNBytes(Integer.BYTES), Integer.BYTES))
                .getInt());
        return exactly(in.readNBytes(length), length);
    }

    private static byte[] exactly(byte[] bytes, int length) throws IOException {
        if (bytes.length < length) {
            throw new EOFException("connection closed");
        }
        return bytes;
    }

    /// Reads one frame; the deadline holds for the whole, so that a byte now and then does not keep anybody waiting.
    private static byte[] read(Socket socket, long deadline) throws IOException {
        byte[] head = new byte[Integer.BYTES];
        fill(socket, head, deadline);
        byte[] frame = new byte[checked(ByteBuffer.wrap(head).getInt())];
        fill(socket, frame, deadline);
        return frame;
    }

    private static void fill(Socket socket, byte[] into, long deadline) throws IOException {
        InputStream in = socket.getInputStream();
        int at = 0;
        while (at < into.length) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                throw new SocketTimeoutException("no message in time");
            }
            socket.setSoTimeout((int) Math.min(left, Integer.MAX_VALUE));
            int read = in.read(into, at, into.length - at);
            if (read < 0) {
                throw new EOFException("connection closed");
            }
            at += read;
        }
    }

    private static int checked(int length) throws IOException {
        if (length < 0 || length > LIMIT) {
            throw new IOException("message length=%d, want 0 to %d".formatted(length, LIMIT));
        }
        return length;
    }

    /// @return why nothing more can be received; the many ways in which a connection ends are one, so that all ranks
    ///     find the same words
    static String describe(IOException e) {
        return e instanceof WrongTokenException ? "message with a wrong seal" : "connection closed";
    }

    /// Ends this direction; what the other side sends can still be received.
    void finish() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            // ended already
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // nothing is left to do with it
        }
    }
}
