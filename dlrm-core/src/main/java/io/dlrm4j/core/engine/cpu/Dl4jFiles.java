package io.dlrm4j.core.engine.cpu;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.model.DlrmShape;
import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;

/// Writes the two MLPs as DL4J's own files, which `MultiLayerNetwork.load` reads.
public final class Dl4jFiles {
    private Dl4jFiles() {}

    /// Writes both; files of these names are overwritten.
    ///
    /// @param weights flat buffer of [DlrmShape#denseParameters], open until this returns
    /// @param bottom gets the MLP from dense features, `[n, bottom[0]]`, to the bottom MLP's output, `[n, d]`
    /// @param top gets the MLP from the interaction's output, `[n, top[0]]`, to the probability, `[n, 1]`
    /// @throws IOException when a file cannot be written
    public static void write(DlrmShape shape, Floats weights, Path bottom, Path top) throws IOException {
        Dl4jMlps networks = Dl4jMlps.over(shape, weights);
        write(networks.bottom(), bottom);
        write(networks.top(), top);
    }

    private static void write(MultiLayerNetwork network, Path file) throws IOException {
        ModelSerializer.writeModel(network, file.toFile(), false); // no updater: DL4J would not train as we do
    }
}
