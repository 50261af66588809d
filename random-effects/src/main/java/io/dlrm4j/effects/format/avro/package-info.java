/// Avro object container files: records of any schema read within bounds, the schemas of GDMix and Photon, models.
///
/// Read [io.dlrm4j.effects.format.avro.AvroReader] first. The container is read by our own code, because errors must
/// name block and record and a damaged length must not take memory; resolving schemas and decoding records is Avro's,
/// on [io.dlrm4j.effects.format.avro.BlockDecoder]. Codecs read: null, deflate, snappy; written: deflate. A block
/// without codec has no checksum: a flipped bit inside a number is then invisible, in any reader.
/// [io.dlrm4j.effects.format.avro.AvroSchemas] holds the schemas, [io.dlrm4j.effects.format.avro.ModelRecord] a
/// linear model as both systems store it. One thread at a time. Proven by `AvroReaderTest`, `SnappyBlockTest`,
/// `ModelRecordTest` and the tests on real files.
@NullMarked
package io.dlrm4j.effects.format.avro;

import org.jspecify.annotations.NullMarked;
