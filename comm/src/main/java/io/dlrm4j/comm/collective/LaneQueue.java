package io.dlrm4j.comm.collective;

import io.dlrm4j.comm.CommException;
import io.dlrm4j.comm.CommListener;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.FloatSum;
import io.dlrm4j.comm.transport.Link;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The operations of one lane, carried out strictly in the order in which they were started.
final class LaneQueue {
    private final Collectives owner;
    private final Lane lane;
    private final int rank;
    private final @Nullable Link[] links;
    private final PairwiseExchange pairwise;
    private final RingSum ring;
    private final DirectSum direct;
    private final ArrayDeque<Operation> queue = new ArrayDeque<>();
    private final ArrayDeque<Operation> free = new ArrayDeque<>();
    private @Nullable Algorithm running;
    private int started;

    LaneQueue(Collectives owner, Lane lane, int rank, @Nullable Link[] links, FloatSum sum, Notice notice) {
        this.owner = owner;
        this.lane = lane;
        this.rank = rank;
        this.links = links;
        this.pairwise = new PairwiseExchange(rank, links, sum, notice);
        this.ring = new RingSum(rank, links, sum);
        this.direct = new DirectSum(rank, links, sum, notice);
    }

    /// @return an operation to fill in and hand to [#add]
    Operation take() {
        Operation operation = free.pollLast();
        return operation == null ? new Operation(owner, lane, links.length) : operation;
    }

    void giveBack(Operation operation) {
        free.addLast(operation);
    }

    void add(Operation operation) {
        operation.number = started++;
        queue.addLast(operation);
    }

    /// Moves what can be moved now.
    ///
    /// @param listener told when operations begin and end
    /// @return the number of frames moved and operations finished
    int advance(CommListener listener) {
        int moved = 0;
        for (Operation head = queue.peekFirst(); head != null; head = queue.peekFirst()) {
            Algorithm algorithm = algorithm(head);
            if (algorithm != running) { // a new operation, or one that goes another way than it began
                if (running == null) {
                    listener.began(lane, head.bytes());
                }
                algorithm.start(head);
                running = algorithm;
            }
            moved += advance(algorithm);
            if (!algorithm.complaint().isEmpty()) {
                throw owner.fail(algorithm.complaint(), -1);
            }
            if (algorithm != algorithm(head)) {
                continue;
            }
            if (!algorithm.finished()) {
                return moved;
            }
            queue.removeFirst();
            running = null;
            head.done = true;
            listener.ended(lane);
            listener.gave(lane, head.given(rank));
            moved++;
        }
        return moved;
    }

    private int advance(Algorithm algorithm) {
        try {
            return algorithm.advance();
        } catch (CommException e) { // of a link
            throw owner.fail("%s, in %s".formatted(e.getMessage(), head()), e.lostRank());
        }
    }

    private Algorithm algorithm(Operation operation) {
        return switch (operation.way) {
            case PAIRWISE -> pairwise;
            case RING -> ring;
            case DIRECT -> direct;
        };
    }

    /// @return whether the running operation has something to get from `peer` or to give to it
    boolean waitsFor(int peer) {
        Algorithm algorithm = running;
        return algorithm != null && algorithm.waitsFor(peer);
    }

    /// @return whether `peer` has left although the running operation needs it
    boolean abandonedBy(int peer) {
        Link link = links[peer];
        return link != null && waitsFor(peer) && link.ended();
    }

    /// @return the running operation as in messages
    String head() {
        return String.valueOf(queue.peekFirst());
    }
}
