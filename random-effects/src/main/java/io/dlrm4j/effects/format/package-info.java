/// What the file formats share.
///
/// Read [io.dlrm4j.effects.format.Sample] first: every format of samples is read as a
/// [io.dlrm4j.effects.format.SampleReader], whose columns are chosen by [io.dlrm4j.effects.format.SampleColumns].
/// [io.dlrm4j.effects.format.NewFile] makes a file appear whole or not at all,
/// [io.dlrm4j.effects.format.TextLines] and [io.dlrm4j.effects.format.JsonFile] read text and JSON within bounds that
/// they state. Imports `data` of this module and [io.dlrm4j.core.data.DataException]. One thread at a time. Proven by
/// `NewFileTest`, `TextLinesTest` and by the tests of each format.
@NullMarked
package io.dlrm4j.effects.format;

import org.jspecify.annotations.NullMarked;
