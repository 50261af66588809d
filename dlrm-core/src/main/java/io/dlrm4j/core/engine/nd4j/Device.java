package io.dlrm4j.core.engine.nd4j;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import io.dlrm4j.core.memory.Floats;
import java.lang.foreign.MemorySegment;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.api.memory.enums.ResetPolicy;
import org.nd4j.linalg.api.memory.enums.SpillPolicy;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/// The doors between the host's flat buffers and ND4J's arrays, and where arrays live.
final class Device {
    private static final WorkspaceConfiguration SCRATCH = WorkspaceConfiguration.builder()
            .policyAllocation(AllocationPolicy.OVERALLOCATE)
            .policyLearning(LearningPolicy.OVER_TIME)
            .policySpill(SpillPolicy.REALLOCATE)
            .policyReset(ResetPolicy.BLOCK_LEFT)
            .build();

    private Device() {}

    /// @return a zero array that stays until [#free]
    static INDArray zeros(long... shape) {
        try (MemoryWorkspace _ = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            return Nd4j.zeros(DataType.FLOAT, shape);
        }
    }

    static void free(INDArray array) {
        if (array.closeable()) {
            array.close();
        }
    }

    /// Opens the calling thread's scratch memory: arrays made until it is closed end with it. Must not be nested.
    static MemoryWorkspace scratch() {
        return Nd4j.getWorkspaceManager().getAndActivateWorkspace(SCRATCH, "dlrm4j scratch");
    }

    /// @return a copy of the first floats of `host` in scratch memory
    static INDArray upload(Floats host, long... shape) {
        long count = 1;
        for (long extent : shape) {
            count *= extent;
        }
        return upload(host.slice(0, count).toArray(), shape);
    }

    /// @return a copy of `host` in scratch memory
    static INDArray upload(float[] host, long... shape) {
        return Nd4j.create(host, shape, 'c');
    }

    /// Copies all of `array`, in row-major order, to the start of `host`.
    static void download(INDArray array, Floats host) {
        float[] values = download(array);
        MemorySegment.copy(values, 0, host.segment(), JAVA_FLOAT_UNALIGNED, 0, values.length);
    }

    /// @return a copy of all of `array`, in row-major order
    static float[] download(INDArray array) {
        return array.dup('c').data().asFloat();
    }

    /// @return an array of any content in scratch memory. Operations get their result arrays given: otherwise ND4J asks
    ///     its native side for the shape, by classes that this project leaves out
    static INDArray result(long... shape) {
        return Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
    }

    /// @return `[n, a + b]` of `[n, a]` and `[n, b]`, in scratch memory
    static INDArray sideBySide(INDArray left, INDArray right) {
        INDArray both = result(left.size(0), left.size(1) + right.size(1));
        columns(both, 0, left.size(1)).assign(left);
        columns(both, left.size(1), both.size(1)).assign(right);
        return both;
    }

    /// @return a view of columns `[from, to)`
    static INDArray columns(INDArray array, long from, long to) {
        return array.get(NDArrayIndex.all(), NDArrayIndex.interval(from, to));
    }

    /// @param axis 0: picks rows, 1: picks columns
    /// @return the rows or columns of `from` with the given numbers, in scratch memory
    static INDArray gather(INDArray from, int[] numbers, int axis) {
        long[] shape = from.shape().clone();
        shape[axis] = numbers.length;
        INDArray picked = result(shape);
        Nd4j.exec(DynamicCustomOp.builder("gather")
                .addInputs(from, Nd4j.createFromArray(numbers))
                .addIntegerArguments(axis)
                .addOutputs(picked)
                .build());
        return picked;
    }

    /// Writes `rows` to the rows of `into` with the given numbers, which differ from each other.
    static void scatter(INDArray rows, int[] numbers, INDArray into) {
        Nd4j.exec(DynamicCustomOp.builder("scatter_upd")
                .addInputs(into, Nd4j.createFromArray(numbers), rows)
                .addOutputs(into)
                .callInplace(true)
                .build());
    }

    /// @return a view of rows `[from, from + count)`
    static INDArray rows(INDArray array, long from, long count) {
        return from == 0 && count == array.size(0)
                ? array
                : array.get(NDArrayIndex.interval(from, from + count), NDArrayIndex.all());
    }
}
