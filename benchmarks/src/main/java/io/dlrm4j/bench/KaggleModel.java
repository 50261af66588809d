package io.dlrm4j.bench;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.model.DlrmShape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The published Criteo Kaggle model: 26 tables of width 16, bottom 13-512-256-64-16, top 367-512-256-1.
final class KaggleModel {
    static final int DENSE_FEATURES = 13;
    static final int TABLES = 26;
    static final int DIM = 16;

    private KaggleModel() {}

    /// @param rows of every table
    static DlrmShape shape(long rows) {
        List<Integer> top = new ArrayList<>(List.of(DIM + TABLES * (TABLES + 1) / 2, 512, 256, 1));
        return new DlrmShape(
                DIM,
                List.of(DENSE_FEATURES, 512, 256, 64, DIM),
                top,
                Collections.nCopies(TABLES, rows),
                InteractionKind.DOT,
                false,
                LossKind.BCE);
    }
}
