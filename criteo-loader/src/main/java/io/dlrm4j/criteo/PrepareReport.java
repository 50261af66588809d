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
public record PrepareReport(
        Manifest manifest, long lines, long rows, Map<String, Long> quarantined, List<Path> endedEarly) {
    public PrepareReport {
        quarantined = Map.copyOf(quarantined);
        endedEarly = List.copyOf(endedEarly);
    }
}
