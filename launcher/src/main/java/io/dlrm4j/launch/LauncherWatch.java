package io.dlrm4j.launch;

import java.io.IOException;
import java.io.InputStream;

/// Hears a worker's launcher, which holds the other end of standard input: a byte asks to stop, and the end means that
/// the launcher ended, however it did.
final class LauncherWatch {
    private LauncherWatch() {}

    /// Watches on a thread of its own.
    ///
    /// @param in standard input
    /// @param asked called for every byte
    /// @param gone called once, when the input ends
    static void start(InputStream in, Runnable asked, Runnable gone) {
        Thread.ofPlatform().daemon().name("launcher-watch").start(() -> {
            listen(in, asked);
            gone.run();
        });
    }

    private static void listen(InputStream in, Runnable asked) {
        try {
            while (in.read() >= 0) {
                asked.run();
            }
        } catch (IOException closed) {
            // As good as the end.
        }
    }
}
