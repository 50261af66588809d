package io.dlrm4j.comm.collective;

import io.dlrm4j.comm.CommException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The first thing that went wrong in a job; later ones are its consequences and are not told.
///
/// Any thread may declare or check. Once declared, every operation of the rank throws the same sentence.
public final class FirstFailure {
    private final AtomicReference<@Nullable CommException> first = new AtomicReference<>();
    private volatile @Nullable Object doing;

    /// Declares a failure unless there is one already.
    ///
    /// @param sentence which rank is at fault, in which operation, and what was seen
    /// @param lostRank the rank at fault, or -1
    /// @return whether this is the first
    public boolean declare(String sentence, int lostRank) {
        return first.compareAndSet(null, new CommException(sentence, lostRank));
    }

    /// Notes what this rank waits in; null: nothing.
    void doing(@Nullable Object operation) {
        doing = operation;
    }

    /// @return what this rank is doing, for messages: `in all-reduce 17 on lane DENSE` or `computing`
    public String doing() {
        Object operation = doing;
        return operation == null ? "computing" : "in " + operation;
    }

    /// @return the failure, or null while there is none
    public @Nullable CommException get() {
        return first.get();
    }

    /// Returns if nothing failed so far.
    ///
    /// @throws CommException with the first failure's sentence and the caller's stack
    public void check() {
        CommException failure = first.get();
        if (failure != null) {
            CommException here = new CommException(String.valueOf(failure.getMessage()), failure.lostRank());
            here.initCause(failure);
            throw here;
        }
    }

    /// Declares a failure and throws whichever was first.
    public CommException fail(String sentence, int lostRank) {
        declare(sentence, lostRank);
        check();
        throw new IllegalStateException("a declared failure is gone: " + sentence);
    }
}
