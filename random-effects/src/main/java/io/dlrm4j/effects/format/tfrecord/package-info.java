/// TFRecord files: framing, compression, checksums, and the two messages in them.
///
/// ```
/// record   length u64 | masked CRC-32C of the length u32 | bytes | masked CRC-32C of the bytes u32     little-endian
/// ```
///
/// Read [io.dlrm4j.effects.format.tfrecord.TfRecordReader] first. `.gz` is gzip, `.deflate` and `.zlib` are zlib, of
/// the whole file. What is inside, `Example` or `SequenceExample`, is generated from `example.proto`;
/// [io.dlrm4j.effects.format.tfrecord.ExampleColumns] takes typed columns out of it. One thread at a time. Proven by
/// `TfRecordTest` and `GdmixSamplesTest`.
@NullMarked
package io.dlrm4j.effects.format.tfrecord;

import org.jspecify.annotations.NullMarked;
