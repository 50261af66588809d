package io.dlrm4j.cuda;

import io.dlrm4j.core.data.Partition;
import io.dlrm4j.core.engine.Peers;
import io.dlrm4j.cuda.api.Lane;
import io.dlrm4j.cuda.api.LibrarySearch;
import io.dlrm4j.cuda.api.Nccl;
import io.dlrm4j.cuda.api.Nccl.Reduction;
import java.util.Arrays;
import java.util.stream.LongStream;

/// The cards of a job's ranks, joined by NCCL: pooled vectors, their gradients and the gradients of the MLPs
/// travel from card to card, enqueued like kernels, and never come to the host.
///
/// Vectors lie as between hosts: on their owner's card `[samples of all ranks, tables here, dim]`, on the card
/// of their samples one block `[samples here, tables of r, dim]` for each rank r, which the interaction reads as
/// it is.
final class CardWorld implements AutoCloseable {
    private final Card card;
    private final Peers peers;
    private final int dim;
    private final Nccl nccl;
    private final long world;
    private final DeviceMemory memory;
    private final long owned;
    private final long vectors;
    private final long gradients;
    private boolean closed;

    /// What one size of the global batch makes of it: where the parts of each rank start on both sides, in floats, and
    /// where the interaction finds them.
    static final class Parts {
        private final long[] ownerSide;
        private final long[] sampleSide;
        private final Exchange.Where exchanged;

        private Parts(long[] ownerSide, long[] sampleSide, Exchange.Where exchanged) {
            this.ownerSide = ownerSide;
            this.sampleSide = sampleSide;
            this.exchanged = exchanged;
        }

        /// @return where the interaction finds the vectors
        Exchange.Where exchanged() {
            return exchanged;
        }
    }

    /// Waits for all ranks.
    ///
    /// @param search where NCCL may lie
    /// @param dim floats of a vector
    /// @throws IllegalArgumentException when two ranks have the same card, naming them
    CardWorld(Card card, LibrarySearch search, Peers peers, int dim) {
        this.card = card;
        this.peers = peers;
        this.dim = dim;
        this.nccl = new Nccl(search);
        requireCardEach();
        byte[] mine = peers.rank() == 0 ? nccl.newId() : new byte[0];
        this.world = nccl.join(peers.gather().all(mine)[0], peers.rank(), peers.size());
        this.memory = new DeviceMemory(card, "exchange between cards");
        int mostSamples = Partition.maxSize(peers.maxGlobalBatch(), peers.size());
        long here = (long) mostSamples * peers.owners().size() * dim;
        this.owned = memory.words(
                "vectors of own tables", (long) peers.maxGlobalBatch() * peers.tablesOf(peers.rank()) * dim);
        this.vectors = memory.words("exchanged vectors", here);
        this.gradients = memory.words("gradients of exchanged vectors", here);
        connect();
    }

    /// One small operation of each kind: NCCL connects two ranks when they first have to do with each other, and does
    /// so
    /// by calls that no graph may record.
    private void connect() {
        int ranks = peers.size();
        long[] oneEach = LongStream.rangeClosed(0, ranks).toArray();
        long sent = memory.filled("words to connect with", ranks, 0);
        long received = memory.words("words to connect with", ranks);
        long stream = card.main().stream();
        nccl.exchange(world, sent, oneEach, received, oneEach, stream);
        nccl.allReduce(world, sent, 1, Nccl.Type.FLOAT, Reduction.SUM, stream);
        nccl.allReduce(world, sent, 1, Nccl.Type.INT, Reduction.MAX, stream);
        nccl.allReduce(world, sent, 1, Nccl.Type.DOUBLE, Reduction.SUM, stream);
        card.finish("the first words between cards");
    }

    private void requireCardEach() {
        byte[][] all = peers.gather().all(card.uuid());
        for (int r = 0; r < all.length; r++) {
            for (int other = 0; other < r; other++) {
                if (Arrays.equals(all[r], all[other])) {
                    throw new IllegalArgumentException(
                            ("comm.collectives=nccl: ranks %d and %d have the same card, want a card for each rank; "
                                            + "use as many workers as cards, or --collectives host")
                                    .formatted(other, r));
                }
            }
        }
    }

    /// @return NCCL's version, for the log: `2.27.3`
    String version() {
        int number = nccl.version();
        return "%d.%d.%d".formatted(number / 10_000, number / 100 % 100, number % 100);
    }

    /// @return samples of this rank in a global batch
    int samples(int globalBatch) {
        return Partition.size(globalBatch, peers.size(), peers.rank());
    }

    Peers peers() {
        return peers;
    }

    /// @return device address of the vectors of own tables, `[samples of all ranks, tables here, dim]`
    long owned() {
        return owned;
    }

    /// @param plans takes the description of the places
    Parts parts(int globalBatch, DeviceMemory plans) {
        int ranks = peers.size();
        int here = samples(globalBatch);
        long[] ownerSide = new long[ranks + 1];
        long[] sampleSide = new long[ranks + 1];
        long ownVector = (long) peers.tablesOf(peers.rank()) * dim;
        for (int r = 0; r < ranks; r++) {
            ownerSide[r + 1] = Partition.start(globalBatch, ranks, r + 1) * ownVector;
            sampleSide[r + 1] = sampleSide[r] + (long) here * peers.tablesOf(r) * dim;
        }
        int tables = peers.owners().size();
        int[] placed = new int[ranks];
        long[] places = new long[2 * tables];
        for (int t = 0; t < tables; t++) {
            int owner = peers.owners().get(t);
            places[2 * t] = sampleSide[owner] + (long) placed[owner]++ * dim;
            places[2 * t + 1] = (long) peers.tablesOf(owner) * dim;
        }
        Exchange.Where exchanged = new Exchange.Where(vectors, gradients, Exchange.places(card, plans, places));
        return new Parts(ownerSide, sampleSide, exchanged);
    }

    /// Enqueues the way of the vectors to their samples.
    void bringVectors(Parts parts, Lane lane) {
        nccl.exchange(world, owned, parts.ownerSide, vectors, parts.sampleSide, lane.stream());
    }

    /// Enqueues the way of their gradients to the owners, to where the vectors were.
    void returnGradients(Parts parts, Lane lane) {
        nccl.exchange(world, gradients, parts.sampleSide, owned, parts.ownerSide, lane.stream());
    }

    /// Enqueues the sum of the MLPs' gradients over all ranks.
    void sumGradients(DenseBuffers buffers, long floats, Lane lane) {
        nccl.allReduce(world, buffers.gradients(), floats, Nccl.Type.FLOAT, Reduction.SUM, lane.stream());
    }

    /// Enqueues the sum of the losses, and the worst of what is wrong on any rank.
    void joinResults(DenseBuffers buffers, Lane lane) {
        card.driver().copy(buffers.faultAnywhere(), buffers.fault(), Integer.BYTES, lane.stream());
        nccl.allReduce(world, buffers.result(), 1, Nccl.Type.DOUBLE, Reduction.SUM, lane.stream());
        nccl.allReduce(world, buffers.faultAnywhere(), 1, Nccl.Type.INT, Reduction.MAX, lane.stream());
    }

    /// Gives up what waits for ranks that will not come; before anybody waits for this card.
    void abort() {
        if (!closed) {
            closed = true;
            nccl.abort(world);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            nccl.destroy(world);
        }
        memory.close();
    }
}
