package io.dlrm4j.comm.collective;

/// What an operation does; its number is part of every frame's tag.
enum Kind {
    ALL_TO_ALL(0, "all-to-all"),
    ALL_REDUCE(1, "all-reduce"),
    REDUCE_SCATTER(2, "reduce-scatter"),
    ALL_GATHER(3, "all-gather"),
    BROADCAST(4, "broadcast"),
    BARRIER(5, "barrier");

    private static final Kind[] ALL = values();

    /// The number on the wire.
    final int code;

    private final String text;

    Kind(int code, String text) {
        this.code = code;
        this.text = text;
    }

    static String describe(int code) {
        for (Kind kind : ALL) {
            if (kind.code == code) {
                return kind.text;
            }
        }
        return "unknown operation kind " + code;
    }

    @Override
    public String toString() {
        return text;
    }
}
