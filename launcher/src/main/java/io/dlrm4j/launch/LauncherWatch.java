package io.dlrm4j.launch;

import java.io.IOException;
import java.io.InputStream;

/// Ends a worker whose launcher is gone: the launcher holds the other end of standard input and never writes, so its
/// end means that the launcher ended, however it did.
final class LauncherWatch {
    private LauncherWatch() {}

    /// Watches on a thread of its own.
    ///
    /// @param in standard input
    /// @param gone called once, when the input ends
    static void start(InputStream in, Runnable gone) {
        Thread.ofPlatform().daemon().name("launcher-watch").start(() -> {
            awaitEnd(in);
            gone.run();
        });
    }

    private static void awaitEnd(InputStream in) {
        try {
            while (in.read() >= 0) {
                Thread.onSpinWait();
            }
        } catch (IOException closed) {
            // As good as the end.
        }
    }
}
