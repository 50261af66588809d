package io.dlrm4j.shards;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.model.DlrmShape;
import java.util.List;

/// Models with given tables and the smallest MLPs.
final class Shapes {
    private Shapes() {}

    static DlrmShape of(int dim, List<Long> rows) {
        int width = dim * (rows.size() + 1);
        return new DlrmShape(dim, List.of(1, dim), List.of(width, 1), rows, InteractionKind.CAT, false, LossKind.BCE);
    }
}
