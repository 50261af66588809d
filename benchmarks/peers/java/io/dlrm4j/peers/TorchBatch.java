package io.dlrm4j.peers;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.dlrm4j.bench.peers.BatchFile;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// One prepared batch.
///
/// @param dense `[samples, 13]`
/// @param rows of the joined table, int64, `[samples, 26]`
/// @param labels `[samples, 1]`
record TorchBatch(Tensor dense, Tensor rows, Tensor labels) {
    /// @param tables rows of each table, which follow one another in the joined one
    static List<TorchBatch> read(BatchFile file, int[] tables) {
        List<TorchBatch> batches = new ArrayList<>();
        int samples = file.samples();
        for (int k = 0; k < file.count(); k++) {
            long[] rows = new long[samples * tables.length];
            MemorySegment ids = file.ids(k);
            long first = 0;
            for (int t = 0; t < tables.length; t++) {
                for (int s = 0; s < samples; s++) {
                    rows[s * tables.length + t] =
                            first + ids.getAtIndex(JAVA_INT_UNALIGNED, (long) t * samples + s);
                }
                first += tables[t];
            }
            batches.add(new TorchBatch(
                    TorchWeights.floats(file.dense(k), samples, BatchFile.DENSE),
                    torch.tensor(rows).view(samples, tables.length),
                    TorchWeights.floats(file.labels(k), samples, 1)));
        }
        return batches;
    }

    long samples() {
        return dense.size(0);
    }
}
