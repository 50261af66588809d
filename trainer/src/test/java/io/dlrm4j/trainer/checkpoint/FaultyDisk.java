package io.dlrm4j.trainer.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The real disk until its n-th operation, at which it fails, or the machine dies: then every later operation dies too.
/// What was not synced can be lost afterwards, as by a loss of power.
final class FaultyDisk implements Disk {
    /// The machine has died; no part of the program catches it.
    static final class Crash extends Error {
        private static final long serialVersionUID = 1;

        Crash(String where) {
            super("crashed at " + where);
        }
    }

    /// What happens at the operation.
    enum Fault {
        NONE,
        CRASH,
        NO_SPACE
    }

    private final Fault fault;
    private final int at;
    private final List<Event> events = new ArrayList<>();
    private int operations;
    private boolean armed;

    /// Something that a loss of power takes back unless it was synced.
    ///
    /// @param kind what was done
    /// @param path to what
    /// @param from its name before, where it was renamed
    private record Event(Kind kind, Path path, @Nullable Path from) {
        enum Kind {
            CREATED,
            WRITTEN,
            FORCED,
            RENAMED,
            SYNCED
        }
    }

    /// @param at number of the operation after [#arm], from 0
    FaultyDisk(Fault fault, int at) {
        this.fault = fault;
        this.at = at;
    }

    /// Counts from here on.
    synchronized void arm() {
        armed = true;
        operations = 0;
    }

    synchronized void disarm() {
        armed = false;
    }

    /// @return whether the operation of the fault was reached
    synchronized boolean hasFailed() {
        return operations > at;
    }

    /// @param rest done only in part by a crash
    private synchronized void next(String what, Path path, @Nullable Rest rest) throws IOException {
        if (!armed) {
            return;
        }
        int number = operations++;
        if (fault == Fault.CRASH && number >= at) {
            if (number == at && rest != null) {
                rest.run();
            }
            throw new Crash(what + " " + path);
        }
        if (fault == Fault.NO_SPACE && number == at) {
            throw new IOException("No space left on device");
        }
    }

    @FunctionalInterface
    private interface Rest {
        void run() throws IOException;
    }

    private synchronized void note(Event.Kind kind, Path path, @Nullable Path from) {
        events.add(new Event(kind, path, from));
    }

    @Override
    public void createFolders(Path folder) throws IOException {
        boolean isNew = !Files.exists(folder);
        next("createFolders", folder, null);
        REAL.createFolders(folder);
        if (isNew) {
            note(Event.Kind.CREATED, folder, null);
        }
    }

    @Override
    public Out create(Path file) throws IOException {
        next("create", file, null);
        Out real = REAL.create(file);
        note(Event.Kind.CREATED, file, null);
        return new Out() {
            @Override
            public void write(ByteBuffer bytes) throws IOException {
                next("write", file, () -> real.write(bytes.slice(bytes.position(), bytes.remaining() / 2)));
                note(Event.Kind.WRITTEN, file, null);
                real.write(bytes);
            }

            @Override
            public void force() throws IOException {
                next("force", file, null);
                real.force();
                note(Event.Kind.FORCED, file, null);
            }

            @Override
            public long size() throws IOException {
                return real.size();
            }

            @Override
            public void close() throws IOException {
                real.close();
            }
        };
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        next("rename", to, null);
        REAL.rename(from, to);
        note(Event.Kind.RENAMED, to, from);
    }

    @Override
    public void sync(Path folder) throws IOException {
        next("sync", folder, null);
        REAL.sync(folder);
        note(Event.Kind.SYNCED, folder, null);
    }

    @Override
    public void delete(Path path) throws IOException {
        next("delete", path, null);
        REAL.delete(path);
    }

    /// Takes back everything that no sync has made durable: names, renames, and all bytes of files. Deleted files stay
    /// deleted.
    synchronized void losePower() throws IOException {
        Map<Path, Path> now = new HashMap<>(); // durable renames, by the name before
        for (int i = events.size() - 1; i >= 0; i--) {
            Event event = events.get(i);
            Path path = current(event.path(), now);
            switch (event.kind()) {
                case CREATED -> {
                    if (!syncedAfter(i, Event.Kind.SYNCED, parent(event.path())) && Files.exists(path)) {
                        new CheckpointFolder(parent(path)).delete(path);
                    }
                }
                case WRITTEN -> {
                    if (!syncedAfter(i, Event.Kind.FORCED, event.path()) && Files.exists(path)) {
                        Files.write(path, new byte[0]);
                    }
                }
                case RENAMED -> {
                    Path from = Objects.requireNonNull(event.from());
                    if (syncedAfter(i, Event.Kind.SYNCED, parent(event.path()))) {
                        now.put(from, path);
                    } else if (Files.exists(path)) {
                        Files.move(path, from);
                    }
                }
                case FORCED, SYNCED -> {}
            }
        }
    }

    private boolean syncedAfter(int event, Event.Kind kind, Path path) {
        return events.subList(event, events.size()).stream()
                .anyMatch(each -> each.kind() == kind && each.path().equals(path));
    }

    private static Path current(Path path, Map<Path, Path> now) {
        for (Map.Entry<Path, Path> renamed : now.entrySet()) {
            if (path.startsWith(renamed.getKey())) {
                return renamed.getValue().resolve(renamed.getKey().relativize(path));
            }
        }
        return path;
    }

    private static Path parent(Path path) {
        return Objects.requireNonNull(path.getParent());
    }
}
