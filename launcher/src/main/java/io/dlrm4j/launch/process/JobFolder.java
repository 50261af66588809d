package io.dlrm4j.launch.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The private folder of one running job: its token and its configuration, readable by this user alone; gone when the
/// job ends.
///
/// The name holds process id and start time of the launcher, so that the next start can sweep what a killed launcher
/// left:
///
/// ```
/// dlrm-job-4711-1789994061000-8f3a…/
///   token        64 hexadecimal digits
///   config       the serialized JobConfig
/// ```
public final class JobFolder implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("dlrm-job-(\\d+)-(\\d+)-.*");
    private static final int TOKEN_BYTES = 32;

    private final Path folder;
    private final String id;

    private JobFolder(Path folder, String id) {
        this.folder = folder;
        this.id = id;
    }

    /// Makes the folder under `parent` with a new token and the configuration.
    public static JobFolder make(Path parent, byte[] config) throws IOException {
        sweep(parent);
        ProcessHandle self = ProcessHandle.current();
        byte[] random = new byte[TOKEN_BYTES + 4];
        new SecureRandom().nextBytes(random);
        String id = HexFormat.of().formatHex(random, 0, 4);
        Path folder = Files.createDirectory(
                parent.resolve("dlrm-job-%d-%d-%s".formatted(self.pid(), startMillis(self), id)),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        JobFolder made = new JobFolder(folder, id);
        String token = HexFormat.of().formatHex(random, 4, random.length);
        made.write("token", token.getBytes(StandardCharsets.US_ASCII));
        made.write("config", config);
        return made;
    }

    private void write(String name, byte[] content) throws IOException {
        Path file = Files.createFile(
                folder.resolve(name),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(file, content, StandardOpenOption.WRITE);
    }

    /// @return what tells this job from every other on this host
    public String id() {
        return id;
    }

    /// @return the file with the job's token
    public Path token() {
        return folder.resolve("token");
    }

    /// @return the file with the serialized configuration
    public Path config() {
        return folder.resolve("config");
    }

    /// Deletes the folder.
    @Override
    public void close() {
        delete(folder);
    }

    /// Deletes the folders of launchers that are gone; those of other users are left alone.
    static void sweep(Path parent) {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, "dlrm-job-*")) {
            for (Path each : found) {
                Matcher name = NAME.matcher(each.getFileName().toString());
                if (name.matches() && !runs(Long.parseLong(name.group(1)), Long.parseLong(name.group(2)))) {
                    delete(each);
                }
            }
        } catch (IOException unreadable) {
            // What cannot be listed cannot be swept; making the job's own folder will say why.
        }
    }

    private static boolean runs(long pid, long startMillis) {
        return ProcessHandle.of(pid)
                .filter(process -> startMillis(process) == startMillis)
                .isPresent();
    }

    private static long startMillis(ProcessHandle process) {
        Optional<Instant> start = process.info().startInstant();
        return start.map(Instant::toEpochMilli).orElse(0L);
    }

    private static void delete(Path folder) {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path each, @Nullable IOException e) throws IOException {
                    Files.delete(each);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException | UncheckedIOException notOurs) {
            // Another user's, or swept by another start at the same time.
        }
    }
}
