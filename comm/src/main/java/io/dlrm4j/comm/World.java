package io.dlrm4j.comm;

import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.collective.Collectives;
import io.dlrm4j.comm.collective.FirstFailure;
import io.dlrm4j.comm.rendezvous.Lifeline;
import io.dlrm4j.comm.rendezvous.Rank;
import io.dlrm4j.comm.rendezvous.Rendezvous;
import io.dlrm4j.comm.transport.AeronLinks;
import io.dlrm4j.comm.transport.Link;
import io.dlrm4j.comm.transport.SharedMemory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The ranks of a job as processes, joined over Aeron.
public final class World {
    private World() {}

    /// Joins the job: connects to the media driver, meets all ranks at rank 0, and opens the links to them. With one
    /// rank nothing is opened at all.
    ///
    /// @param agreement what must be equal on all ranks, by name as in messages: `config hash`
    /// @param sum adds floats, the same way on every rank
    /// @return the communicator; its owner closes it
    /// @throws CommException when a rank is missing, refused or differs
    public static Communicator join(WorldConfig config, Map<String, String> agreement, FloatSum sum) {
        if (config.size() == 1) {
            return new SingleRank();
        }
        FirstFailure failure = new FirstFailure();
        AtomicReference<@Nullable Lifeline> joined = new AtomicReference<>();
        AeronLinks aeron = AeronLinks.connect(config, sentence -> {
            Lifeline lifeline = joined.get();
            if (lifeline == null) {
                failure.declare(sentence, -1);
            } else {
                lifeline.declare(sentence, -1);
            }
        });
        try {
            Rank me = new Rank(
                    config.rank(), ProcessHandle.current().pid(), hostName(), aeron.driverId(), aeron.endpoint());
            Map<String, String> facts = new HashMap<>(agreement);
            facts.put("world size", Integer.toString(config.size()));
            facts.put("term length", Integer.toString(config.termLength()));
            facts.put("transport", config.transport().name());
            facts.put("encryption", config.encrypt() ? "on" : "off");
            Lifeline lifeline = new Rendezvous(config, me, facts, failure).join();
            joined.set(lifeline);
            return open(config, sum, failure, aeron, lifeline);
        } catch (RuntimeException e) {
            Lifeline lifeline = joined.get();
            if (lifeline != null) {
                lifeline.declare(String.valueOf(e.getMessage()), config.rank());
                lifeline.close();
            }
            aeron.close();
            throw e;
        }
    }

    private static Communicator open(
            WorldConfig config, FloatSum sum, FirstFailure failure, AeronLinks aeron, Lifeline lifeline) {
        List<AeronLinks.Peer> peers = lifeline.ranks().stream()
                .map(rank -> new AeronLinks.Peer(rank.driverId(), rank.endpoint()))
                .toList();
        @Nullable Link[][] links = aeron.open(peers, Lane.values().length, lifeline.session(), failure);
        Collectives.Job job = new Collectives.Job() {
            @Override
            public void declare(String sentence, int lostRank) {
                lifeline.declare(sentence, lostRank);
            }

            @Override
            public void close() {
                lifeline.close();
                aeron.close();
            }
        };
        SharedMemory shared = aeron.sharedMemory(peers);
        return new Collectives(config.rank(), links, shared, sum, failure, config.progressTimeout(), job);
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown host";
        }
    }
}
