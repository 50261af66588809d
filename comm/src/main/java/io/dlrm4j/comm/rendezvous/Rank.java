package io.dlrm4j.comm.rendezvous;

import io.dlrm4j.comm.control.Member;

/// One rank as the others know it.
///
/// @param rank its number
/// @param pid its process
/// @param host the name of its machine
/// @param driverId equal for ranks that share a media driver
/// @param endpoint where it receives UDP, `address:port`; empty: nowhere
public record Rank(int rank, long pid, String host, String driverId, String endpoint) {
    static Rank of(Member member) {
        return new Rank(
                member.getRank(), member.getPid(), member.getHost(), member.getDriverId(), member.getEndpoint());
    }

    Member toMessage() {
        return Member.newBuilder()
                .setRank(rank)
                .setPid(pid)
                .setHost(host)
                .setDriverId(driverId)
                .setEndpoint(endpoint)
                .build();
    }

    /// @return as in messages: `rank 3 (pid 812 on b7)`
    @Override
    public String toString() {
        return "rank %d (pid %d on %s)".formatted(rank, pid, host);
    }
}
