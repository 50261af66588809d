package io.dlrm4j.launch;

import com.sun.management.OperatingSystemMXBean;
import io.dlrm4j.comm.HostDriver;
import io.dlrm4j.core.config.CommConfig;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.cuda.CudaCards;
import io.dlrm4j.launch.screen.ResultTable;
import io.dlrm4j.trainer.plan.Rates;
import io.dlrm4j.trainer.plan.RatesFile;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `dlrm doctor`: whether this machine can run a job, and what to do where it cannot.
@Command(name = "doctor", description = "Checks JDK, memory, cards, shared memory and ports of this machine.")
final class DoctorCommand implements Callable<Integer> {
    private static final long MIB = 1L << 20;
    private static final int WANTED_JDK = 25;

    private final Shell shell;
    private final ResultTable table = new ResultTable();
    private boolean allFine = true;

    @Option(names = "--workers", paramLabel = "N", description = "Workers that shared memory must do for; default 2.")
    private int workers = 2;

    @Option(
            names = "--measure",
            description = "Measures what dlrm plan needs: messages inside and between hosts, memory, MLP kernels;"
                    + " about a minute on a quiet machine.")
    private boolean measure;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "Where the measured rates go; default .cache/dlrm4j/machine.json of the user.")
    private Path output = RatesFile.usual();

    DoctorCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (workers < 1) {
            throw new UsageException("--workers=" + workers + ", want 1 or more");
        }
        int jdk = Runtime.version().feature();
        check("JDK", jdk == WANTED_JDK, Runtime.version().toString(), "install JDK " + WANTED_JDK);
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        table.row("processors", String.valueOf(system.getAvailableProcessors()));
        table.row(
                "memory",
                "%d MiB, of which %d MiB are free"
                        .formatted(system.getTotalMemorySize() / MIB, system.getFreeMemorySize() / MIB));
        table.row(
                "NVIDIA card",
                CudaCards.describe(CudaEnvironment.here(JobConfig.getDefaultInstance(), shell.environment())));
        sharedMemory();
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        check("temporary files", Files.isWritable(temporary), temporary.toString(), "make " + temporary + " writable");
        table.row("free port", String.valueOf(Preflight.port("127.0.0.1", 0)));
        table.row("result", allFine ? "jobs can run here" : "see the lines with a colon");
        shell.out().print(table.print());
        if (measure && allFine) {
            Preflight.overwritable("--output", output.toString());
            Rates rates = MachineRates.measure(shell);
            RatesFile.write(output, rates);
            shell.out().print(MachineRates.print(rates).print());
            shell.out().println("wrote " + output);
        }
        return allFine ? 0 : 1;
    }

    private void sharedMemory() throws IOException {
        Path shared = HostDriver.SHARED_MEMORY;
        if (!Files.isWritable(shared)) {
            check("shared memory", false, shared + " cannot be written", "mount shared memory there");
            return;
        }
        long needed =
                HostDriver.bytesNeeded(workers, CommConfig.getDefaultInstance().getTermLength());
        long usable = Files.getFileStore(shared).getUsableSpace();
        check(
                "shared memory",
                usable >= needed,
                "%s has %d MiB; %d workers take %d MiB".formatted(shared, usable / MIB, workers, needed / MIB + 1),
                "enlarge " + shared + " or lower comm.term_length");
    }

    private void check(String what, boolean fine, String found, String remedy) {
        table.row(what, fine ? found : found + ": " + remedy);
        allFine &= fine;
    }
}
