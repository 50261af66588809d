package io.dlrm4j.launch;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say how many processes run and where.
///
/// On several machines every machine starts `dlrm train` with the same configuration, the same token file and its own
/// number; each launcher owns its machine's media driver and workers.
final class HostOptions {
    private static final int LARGEST_PORT = 65_535;

    @Option(names = "--workers", paramLabel = "N", description = "Worker processes on this machine; default 1.")
    private int workers = 1;

    @Option(names = "--machines", paramLabel = "N", description = "Machines of the job; default 1.")
    private int machines = 1;

    @Option(names = "--machine", paramLabel = "I", description = "This machine's number, from 0; rank 0 runs on 0.")
    private int machine;

    @Option(names = "--master-addr", paramLabel = "HOST", description = "Address of machine 0; default this host.")
    private String masterAddress = "127.0.0.1";

    @Option(names = "--master-port", paramLabel = "PORT", description = "Port of rank 0; default a free one.")
    private int masterPort;

    @Option(names = "--address", paramLabel = "HOST", description = "Address at which other machines reach this one.")
    private String address = "127.0.0.1";

    @Option(names = "--token-file", paramLabel = "FILE", description = "The job's secret, the same on all machines.")
    private @Nullable Path tokenFile;

    /// @throws UsageException when the values cannot be meant
    void check() {
        require(workers >= 1, "--workers=" + workers, "1 or more");
        require(machines >= 1, "--machines=" + machines, "1 or more");
        require(machine >= 0 && machine < machines, "--machine=" + machine, "0 to " + (machines - 1));
        require(masterPort >= 0 && masterPort <= LARGEST_PORT, "--master-port=" + masterPort, "1 to " + LARGEST_PORT);
        if (machines > 1) {
            require(masterPort > 0, "--machines=" + machines + " without --master-port", "the same port on all");
            require(tokenFile != null, "--machines=" + machines + " without --token-file", "the same token on all");
        }
    }

    private static void require(boolean holds, String what, String want) {
        if (!holds) {
            throw new UsageException(what + ", want " + want);
        }
    }

    int workers() {
        return workers;
    }

    int worldSize() {
        return workers * machines;
    }

    int firstRank() {
        return machine * workers;
    }

    boolean isOneMachine() {
        return machines == 1;
    }

    boolean isFirstMachine() {
        return machine == 0;
    }

    String masterAddress() {
        return masterAddress;
    }

    /// @return the port of rank 0, or 0 for any free one
    int masterPort() {
        return masterPort;
    }

    String address() {
        return address;
    }

    @Nullable
    Path tokenFile() {
        return tokenFile;
    }

    /// @return the same with another number of worker processes
    HostOptions withWorkers(int number) {
        HostOptions options = new HostOptions();
        options.workers = number;
        options.machines = machines;
        options.machine = machine;
        options.masterAddress = masterAddress;
        options.masterPort = masterPort;
        options.address = address;
        options.tokenFile = tokenFile;
        return options;
    }

    /// @return one machine with `workers` processes
    static HostOptions local(int workers) {
        HostOptions options = new HostOptions();
        options.workers = workers;
        return options;
    }
}
