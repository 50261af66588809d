package io.dlrm4j.bench.peers;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// One way to run the step, as processes of its own.
///
/// @param name as printed
/// @param who whose step it is, which decides the bars it counts for
/// @param cores how many cores it is given: 1 or 2
/// @param processes how many processes it starts
/// @param usual whether it runs unless it is left out
/// @param what one line about it
/// @param command without the options every side gets
/// @param environment all of it, but for PATH, HOME and the names of the user
record Side(
        String name,
        Who who,
        int cores,
        int processes,
        boolean usual,
        String what,
        List<String> command,
        Map<String, String> environment) {
    /// @param root of the project
    /// @return the same side for people: paths from the project's root or from the home folder on
    Side readable(Path root) {
        Map<String, String> values = new TreeMap<>();
        environment.forEach((key, value) -> values.put(key, readable(value, root)));
        List<String> words = command.stream().map(word -> readable(word, root)).toList();
        return new Side(name, who, cores, processes, usual, what, words, values);
    }

    private static String readable(String text, Path root) {
        return text.replace(root + "/", "")
                .replace(System.getProperty("java.home") + "/bin/", "")
                .replace(System.getProperty("user.home") + "/", "~/");
    }

    /// Whose step.
    enum Who {
        OURS,
        /// A plain PyTorch script.
        PYTHON,
        /// As users get it from Maven Central.
        LIBTORCH,
        /// With a known hack.
        UNLOCKED,
        /// The matrix products of our step alone: no trainer, but what bounds one.
        PRODUCTS
    }
}
