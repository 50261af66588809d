/// Photon-ML's files: model directories, feature bags, LibSVM text, daily folders, scores, names of columns.
///
/// ```
/// ROOT/best/ model-metadata.json  model-spec
///            fixed-effect/COORDINATE/{id-info, coefficients/part-00000.avro}
///            random-effect/COORDINATE/{id-info, coefficients/part-*.avro}
/// ROOT/models/N/…                                   all models of a path or a search, as best
/// ROOT/group-eval/N/METRIC/ENTITY/part-00000.avro   their metrics of each entity
/// ```
///
/// Read [io.dlrm4j.effects.format.photon.PhotonModel] first. Samples in Avro are read by
/// [io.dlrm4j.effects.format.avro.AvroSamples]. Index stores of PalDB, whose last release is of 2016, are refused
/// with a sentence: samples and models name their features. One thread at a time. Proven by `PhotonModelTest`,
/// `PhotonInputTest` and `PhotonLayoutsTest`.
@NullMarked
package io.dlrm4j.effects.format.photon;

import org.jspecify.annotations.NullMarked;
