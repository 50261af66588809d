/// GDMix's files: feature lists, tensor metadata, samples, partitions, scores, models and their folders.
///
/// ```
/// IN/EFFECT/ featureList/BAG  metadata/tensor_metadata.json  trainingData/*.tfrecord  validationData/*.tfrecord
/// OUT/FIXED/ models/part-00000.avro  training_scores/part-*.avro  validation_scores/part-*.avro
/// metric/evalSummary.json
/// OUT/RANDOM/ partition/{trainingData/{active,passive},validationData}/partitionId=P/*  models/part-P.avro  …
/// ```
///
/// Read [io.dlrm4j.effects.format.gdmix.GdmixFolders] first, then
/// [io.dlrm4j.effects.format.gdmix.TensorMetadata]. What GDMix's README and its code name differently is read under
/// both names and written as the code does. One thread at a time. Proven by `GdmixSamplesTest`, `GdmixFilesTest`
/// and `TensorMetadataTest`.
@NullMarked
package io.dlrm4j.effects.format.gdmix;

import org.jspecify.annotations.NullMarked;
