package io.dlrm4j.cuda.api;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Calls of C functions that return a status, 0 for success, and their result through a pointer.
abstract class Status {
    /// A call of a method handle.
    @FunctionalInterface
    interface Call {
        int run() throws Throwable;
    }

    /// A call that writes its result to `out`.
    @FunctionalInterface
    interface Result {
        int run(MemorySegment out) throws Throwable;
    }

    /// @return what a status other than 0 means, as in the library's documentation
    abstract String meaning(int status);

    /// @return the status of a call
    static int status(Call call) {
        try {
            return call.run();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("a call of native code failed in Java", t);
        }
    }

    /// Runs a call that must succeed.
    final void check(String function, Call call) {
        require(function, status(call));
    }

    final void require(String function, int status) {
        if (status != 0) {
            throw new CudaException(function + ": " + meaning(status));
        }
    }

    final long getLong(String function, Result call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            check(function, () -> call.run(out));
            return out.get(JAVA_LONG, 0);
        }
    }

    final int getInt(String function, Result call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_INT);
            check(function, () -> call.run(out));
            return out.get(JAVA_INT, 0);
        }
    }
}
