package io.dlrm4j.effects.format;

import java.util.List;

/// Which columns of a file make a [Sample].
///
/// @param uid the sample's number; empty: samples are numbered in their order from 0
/// @param label what is predicted; empty: samples have none and are read with label 0
/// @param weight how much a sample counts; empty, or absent from the file: 1
/// @param offset the logit of everything else; empty, or absent from the file: 0
/// @param entity whose sample it is; empty: nobody's, as for a fixed effect
/// @param bags feature bags, whose features share one index
public record SampleColumns(String uid, String label, String weight, String offset, String entity, List<String> bags) {
    /// Copies the list.
    public SampleColumns {
        bags = List.copyOf(bags);
    }

    /// GDMix's usual names, which are Photon's reserved ones.
    ///
    /// @param entity the entity's column, or key of Photon's `metadataMap`; empty for a fixed effect
    /// @param bags the feature bags
    public static SampleColumns usual(String entity, List<String> bags) {
        return new SampleColumns("uid", "response", "weight", "offset", entity, bags);
    }
}
