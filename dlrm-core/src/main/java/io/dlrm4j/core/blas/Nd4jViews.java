package io.dlrm4j.core.blas;

import io.dlrm4j.core.memory.Floats;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.indexer.FloatIndexer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// ND4J arrays over memory that ND4J does not own.
public final class Nd4jViews {
    private Nd4jViews() {}

    /// @param values the memory; must stay open for as long as the array is used, at least `rows * columns` long
    /// @return a row-major array of `[rows, columns]` that reads and writes `values`; nothing is copied
    public static INDArray of(Floats values, long rows, long columns) {
        Nd4jLibrary.load();
        long count = Math.multiplyExact(rows, columns);
        if (values.length() < count) {
            throw new IllegalArgumentException("view of %d x %d: memory of %d floats, want %d or more"
                    .formatted(rows, columns, values.length(), count));
        }
        Borrowed pointer = new Borrowed(values.segment().address(), count);
        DataBuffer buffer =
                Nd4j.getDataBufferFactory().create(pointer, DataType.FLOAT, count, FloatIndexer.create(pointer));
        return Nd4j.create(buffer, rows, columns);
    }

    /// A pointer that frees nothing.
    private static final class Borrowed extends FloatPointer {
        Borrowed(long address, long count) {
            super((Pointer) null);
            this.address = address;
            this.limit = count;
            this.capacity = count;
        }
    }
}
