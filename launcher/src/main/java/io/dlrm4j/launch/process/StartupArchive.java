package io.dlrm4j.launch.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The classes that a worker loads, parsed and verified in one mapped file (class data sharing), so that it is ready
/// sooner.
///
/// The file holds code. It is read from where the jars lie, by whose owner it was recorded, and nowhere else: who can
/// write there needs no archive to run code here. The Java virtual machine compares the JDK, the flags, and the path,
/// size and time of every jar with what was recorded, and goes without the archive when anything differs or the file is
/// damaged; `-Xshare:off` does without it on purpose.
///
/// @param used the archive to start with, or null; need not exist
/// @param recorded the archive to write at the end of a worker, or null
public record StartupArchive(@Nullable Path used, @Nullable Path recorded) {
    /// The virtual machine's words about an archive that does not fit, which concern nobody but who looks for them.
    private static final String QUIET = "-Xlog:cds*=off,aot*=off";

    /// Reads what `bin/dlrm` set: `dlrm.archive` and `dlrm.archive.record`.
    public static StartupArchive ofProperties() {
        return new StartupArchive(path("dlrm.archive"), path("dlrm.archive.record"));
    }

    private static @Nullable Path path(String property) {
        String path = System.getProperty(property);
        return path == null ? null : Path.of(path);
    }

    /// @param recorder whether this is the one worker that records, if any shall
    /// @param verbose whether the virtual machine says why it does without the archive
    /// @return flags of a worker's virtual machine
    public List<String> options(boolean recorder, boolean verbose) {
        List<String> options = new ArrayList<>();
        if (recorder && recorded != null) {
            options.add("-XX:ArchiveClassesAtExit=" + recorded);
        } else if (used != null && Files.isRegularFile(used)) {
            options.add("-XX:SharedArchiveFile=" + used);
        }
        if (!options.isEmpty() && !verbose) {
            options.add(QUIET);
        }
        return options;
    }
}
