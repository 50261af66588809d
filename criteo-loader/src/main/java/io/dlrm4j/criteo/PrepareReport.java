package io.dlrm4j.criteo;

import io.dlrm4j.criteo.store.Manifest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What [Prepare] has done.
///
/// @param manifest what was written
/// @param lines lines read, unusable ones among them
/// @param rows rows written
/// @param quarantined unusable lines by reason; they are in `quarantine.tsv` of the output
/// @param endedEarly gzip files that ended inside a member; what they held completely was used
/// @param dictionaryBytes most memory that the dictionaries took at once, off the heap
public record PrepareReport(
        Manifest manifest,
        long lines,
        long rows,
        Map<String, Long> quarantined,
        List<Path> endedEarly,
        long dictionaryBytes) {
    public PrepareReport {
        quarantined = Map.copyOf(quarantined);
        endedEarly = List.copyOf(endedEarly);
    }
}
