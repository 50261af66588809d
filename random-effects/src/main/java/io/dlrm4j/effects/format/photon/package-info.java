/// Photon-ML's files: model directories, feature bags, LibSVM text, daily folders, scores, names of columns.
///
/// ```
/// ROOT/best/ model-metadata.json  model-spec
///            fixed-effect/COORDINATE/{id-info, coefficients/part-00000.avro}
///            random-effect/COORDINATE/{id-info, coefficients/part-*.avro}
/// ```
///
/// Read [io.dlrm4j.effects.format.photon.PhotonModel] first. Samples in Avro are read by
/// [io.dlrm4j.effects.format.avro.AvroSamples]. Index stores of PalDB, which nobody maintains, are refused with a
/// sentence. One thread at a time. Proven by `PhotonModelTest` and `PhotonInputTest`.
@NullMarked
package io.dlrm4j.effects.format.photon;

import org.jspecify.annotations.NullMarked;
