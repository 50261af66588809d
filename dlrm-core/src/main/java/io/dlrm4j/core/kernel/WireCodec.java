package io.dlrm4j.core.kernel;

import io.dlrm4j.core.config.WireConfig.Format;
import io.dlrm4j.core.memory.Floats;
import java.lang.foreign.MemorySegment;

/// Writes floats as they travel between ranks, and reads them back ([Format]).
///
/// Floats come in runs of equal length, the last may be shorter: vectors of a table, or pieces of a gradient. Only int8
/// sees them, a scale each. Rounding is to the nearest, ties to even; the same on every processor.
public final class WireCodec {
    private final Format format;
    private final WireKernels kernels = WireKernels.best();

    /// @param format of what is written
    public WireCodec(Format format) {
        this.format = format;
    }

    /// @return whether every float comes back as it went
    public boolean isExact() {
        return format == Format.FP32;
    }

    /// @param run floats of a run
    /// @return bytes that `floats` floats take
    public long bytes(long floats, int run) {
        return switch (format) {
            case FP32 -> floats * Float.BYTES;
            case BF16, FP16 -> floats * Short.BYTES;
            case INT8 -> floats + Math.ceilDiv(floats, (long) run) * Float.BYTES;
        };
    }

    /// Writes `floats` floats of `from`, from float `first` on, to byte `toByte` of `to`.
    ///
    /// @param run floats of a run
    public void encode(Floats from, long first, long floats, int run, MemorySegment to, long toByte) {
        long fromByte = first * Float.BYTES;
        switch (format) {
            case FP32 -> MemorySegment.copy(from.segment(), fromByte, to, toByte, floats * Float.BYTES);
            case BF16 -> kernels.toBf16(from.segment(), fromByte, floats, to, toByte);
            case FP16 -> kernels.toFp16(from.segment(), fromByte, floats, to, toByte);
            case INT8 -> {
                long at = toByte;
                for (long done = 0; done < floats; done += run) {
                    int count = (int) Math.min(run, floats - done);
                    kernels.toInt8(from.segment(), fromByte + done * Float.BYTES, count, to, at);
                    at += Float.BYTES + count;
                }
            }
        }
    }

    /// Reads `floats` floats into `to`, from float `first` on, of what [#encode] wrote to byte `fromByte` of `from`.
    ///
    /// @param run floats of a run
    public void decode(MemorySegment from, long fromByte, Floats to, long first, long floats, int run) {
        long toByte = first * Float.BYTES;
        switch (format) {
            case FP32 -> MemorySegment.copy(from, fromByte, to.segment(), toByte, floats * Float.BYTES);
            case BF16 -> kernels.fromBf16(from, fromByte, to.segment(), toByte, floats);
            case FP16 -> kernels.fromFp16(from, fromByte, to.segment(), toByte, floats);
            case INT8 -> {
                long at = fromByte;
                for (long done = 0; done < floats; done += run) {
                    int count = (int) Math.min(run, floats - done);
                    kernels.fromInt8(from, at, to.segment(), toByte + done * Float.BYTES, count);
                    at += Float.BYTES + count;
                }
            }
        }
    }
}
