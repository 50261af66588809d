package io.dlrm4j.bench.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What `benchmarks/run-peers` has built or found for the peers; what is missing leaves its sides out.
///
/// ```
/// jars-V, classes-V      libtorch V from Maven Central and our model compiled for it
/// official               libtorch 2.7.1 as PyTorch publishes it, with MKL inside
/// libunlock.so           answers MKL's question for an Intel processor with yes
/// collectives            the MPI program
/// ```
///
/// @param folder holds the above
/// @param sources folder `benchmarks` of the repository
/// @param python a Python with torch; empty: none
/// @param openblas folder of a libblas.so.3 on OpenMP; empty: none
record Tools(Path folder, Path sources, String python, String openblas) {
    boolean has(String name) {
        return Files.exists(folder.resolve(name));
    }

    boolean hasPython() {
        return !python.isEmpty();
    }

    /// @return the class path of the libtorch peer on version `version`
    String libtorchPath(String version) throws IOException {
        try (Stream<Path> jars = Files.list(folder.resolve("jars-" + version))) {
            String own = System.getProperty("java.class.path").split(":", -1)[0];
            return Stream.concat(
                            Stream.of(folder.resolve("classes-" + version).toString(), own),
                            jars.map(Path::toString).sorted())
                    .collect(Collectors.joining(":"));
        }
    }
}
