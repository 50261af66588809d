package io.dlrm4j.launch.screen;

import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// The one owner of standard error while a job runs: a progress line that stays at the bottom on a terminal, and
/// elsewhere a plain line every ten seconds.
///
/// Any thread may write lines; one thread tells progress.
public final class Screen implements AutoCloseable {
    private static final long PLAIN_LINE_SECONDS = 10;
    private static final int LINE_WIDTH = 118;
    private static final String CLEAR_LINE = "\r\u001b[K";

    private final PrintWriter err;
    private final boolean terminal;
    private final LongSupplier nanoTime;
    private @Nullable ProgressBar bar;
    private String shown = "";
    private long lastPlainLine;

    /// @param terminal whether `err` is shown on a terminal
    /// @param nanoTime the clock, [System#nanoTime] but in tests
    public Screen(PrintWriter err, boolean terminal, LongSupplier nanoTime) {
        this.err = err;
        this.terminal = terminal;
        this.nanoTime = nanoTime;
    }

    /// Writes a line above the progress line.
    public synchronized void line(String text) {
        if (shown.isEmpty()) {
            err.println(text);
        } else {
            err.print(CLEAR_LINE + text + System.lineSeparator() + shown);
        }
        err.flush();
    }

    /// Shows where the work is.
    ///
    /// @param name of the work: `training`
    /// @param done parts of it that are done
    /// @param all its parts; less than 1 when unknown
    /// @param figures what else is to be said: `loss 0.4510, 8200 samples/s`
    public void progress(String name, long done, long all, String figures) {
        if (terminal) {
            bar(name, all).stepTo(done).setExtraMessage(figures.isEmpty() ? "" : " " + figures);
        } else {
            plainLine(name, done, all, figures);
        }
    }

    private ProgressBar bar(String name, long all) {
        ProgressBar open = bar;
        if (open == null) {
            open = new ProgressBarBuilder()
                    .setTaskName(name)
                    .setInitialMax(all)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(250)
                    .setConsumer(new BottomLine())
                    .build();
            bar = open;
        }
        return open;
    }

    private void plainLine(String name, long done, long all, String figures) {
        long now = nanoTime.getAsLong();
        boolean due = lastPlainLine == 0 || now - lastPlainLine >= TimeUnit.SECONDS.toNanos(PLAIN_LINE_SECONDS);
        if (due || done == all) {
            lastPlainLine = now;
            line(name + " " + done + (all > 0 ? " of " + all : "") + (figures.isEmpty() ? "" : ": " + figures));
        }
    }

    /// Ends the progress line, which stays as it was last shown; the next [#progress] begins a new one.
    public void endProgress() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
        synchronized (this) {
            if (!shown.isEmpty()) {
                err.println();
                err.flush();
            }
            shown = "";
        }
        lastPlainLine = 0;
    }

    @Override
    public void close() {
        endProgress();
    }

    private final class BottomLine implements ProgressBarConsumer {
        @Override
        public int getMaxRenderedLength() {
            return LINE_WIDTH;
        }

        @Override
        public void accept(String rendered) {
            synchronized (Screen.this) {
                shown = rendered;
                err.print(CLEAR_LINE + rendered);
                err.flush();
            }
        }

        /// The line is ended by [#endProgress].
        @Override
        public void close() {}
    }
}
